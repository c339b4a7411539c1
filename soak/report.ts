import { alignColumns } from '#commands/columns.js';
import type { PartReport, Row } from './part.js';

const MARKS = { true: '✓', false: '✗', null: ' ' } as const;

/** A part that objects failed, and so did one with a row out of its bound. */
export function held({ objections, rows }: PartReport): boolean {
  return objections.length === 0 && rows.every(({ ok }) => ok !== false);
}

function cells({ name, value, bound = '', ok }: Row): string[] {
  return [MARKS[`${ok}`], name, value, bound];
}

/** The rows of a part as text: a mark, what it is, its value, what it had to be. */
export function formatRows(rows: readonly Row[]): string {
  const table = [['', 'what', 'value', 'accepted'], ...rows.map(cells)];
  return alignColumns(table);
}

/** What is said of a part that did not hold: its objections, and what happened last. */
export function formatTrouble({ part, objections, events }: PartReport, seed: number): string {
  return [
    `${part}: ${objections.length} objections; again with --seed ${seed}`,
    ...objections.map((text) => `  ${text}`),
    'what happened last:',
    ...events.map((text) => `  ${text}`),
  ].join('\n');
}
