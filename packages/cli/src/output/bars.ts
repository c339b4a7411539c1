import type { Style } from './style.js';

/** One row of the chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Shown behind the value, e.g. `draining`. */
  readonly note?: string;
}

const BAR_WIDTH = 32;
const FULL = '█';
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function drawn(share: number): string {
  const eighths = Math.round(share * BAR_WIDTH * 8);
  return (FULL.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')).padEnd(BAR_WIDTH);
}

/** Draws one line per bar; lengths are shares of the largest value. */
export function formatBars(bars: readonly Bar[], style: Style): string[] {
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const largest = Math.max(1, ...bars.map(({ value }) => value));
  const labelWidth = Math.max(0, ...bars.map(({ label }) => label.length));
  return bars.map(({ label, value, note }) => {
    const percent = total === 0 ? 0 : (100 * value) / total;
    const tail = note ? `  ${style('dim', note)}` : '';
    return `  ${label.padEnd(labelWidth)}  ${style('cyan', drawn(value / largest))} ${String(value).padStart(6)}  ${percent.toFixed(1).padStart(5)} %${tail}`;
  });
}
