import { alignColumns } from '#commands/columns.js';
import type { Row } from './rows.js';

/** Farther from 1 than this, the machine was so busy with other things that figures of the run mean little. */
const STEADY_CONTROL = 0.1;

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** What the goal column says: by how much a goal is missed, or why nothing can be said. */
export function verdict({ low, high, ratio, value, goal, met, control }: Row): string {
  if (goal === null) return '';
  const noisy = control !== null && Math.abs(control - 1) > STEADY_CONTROL ? ', noisy run' : '';
  if (met === true) return `≤ ${goal} met${noisy}`;
  const times = goal === 0 ? '' : ` ×${digits((ratio ?? value ?? low) / goal)}`;
  if (met === false) return `≤ ${goal} MISSED${times}${noisy}`;
  const why = high > goal ? 'undecided' : 'undecided: the control is too far from 1';
  return `≤ ${goal} ${why}${noisy}`;
}

function cells(row: Row): string[] {
  const { id, n, unit, value, ratio, low, high, control } = row;
  return [
    id,
    String(n),
    value === undefined ? '' : `${digits(value)} ${unit}`.trimEnd(),
    ratio === undefined ? '' : digits(ratio),
    `${digits(low)} – ${digits(high)}`,
    control === null ? '' : control.toFixed(3),
    verdict(row),
  ];
}

const HEAD = ['id', 'N', 'value', 'ratio', '95 % interval', 'A/A', 'goal'];
/** Numbers are aligned to the right. */
const RIGHT = new Set([1, 2, 3, 4, 5]);

/** Rows as a table of text. */
export function formatTable(rows: readonly Row[]): string {
  return alignColumns([HEAD, ...rows.map(cells)], RIGHT);
}
