import type { Style } from './style.js';
import { widthOf } from './width.js';

/** One row of the chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Shown behind the value, e.g. `draining`. */
  readonly note?: string;
}

/** Bars grow with the screen between these widths. */
const MIN_WIDTH = 8;
const MAX_WIDTH = 40;
const FULL = '█';
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function drawn(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  return (FULL.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')).padEnd(width);
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));

/** Draws one line per bar, to fit `columns`; lengths are shares of the largest value. */
export function formatBars(bars: readonly Bar[], style: Style, columns = 80): string[] {
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const largest = Math.max(1, ...bars.map(({ value }) => value));
  const labelWidth = widest(bars.map(({ label }) => label));
  const rows = bars.map(({ label, value, note }) => {
    const percent = total === 0 ? 0 : (100 * value) / total;
    const numbers = `${String(value).padStart(6)} ${percent.toFixed(1).padStart(6)} %`;
    return { label, share: value / largest, tail: numbers + (note ? `  ${style('dim', note)}` : '') };
  });
  const rest = columns - labelWidth - 5 - widest(rows.map(({ tail }) => tail));
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, rest));
  return rows.map(
    ({ label, share, tail }) =>
      `  ${label.padEnd(labelWidth)}  ${style('cyan', drawn(share, width))} ${tail}`,
  );
}
