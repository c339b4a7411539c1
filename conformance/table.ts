import { alignColumns } from '#commands/columns.js';
import type { Case } from './part.js';

/** Longer texts are cut: a table is for looking over. */
const WIDEST = 72;

const cell = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= WIDEST ? line : `${line.slice(0, WIDEST - 1)}…`;
};

/** Cases as a table of text: a mark (`~` for a difference that is known), then case, expected and got. */
export function formatTable(cases: readonly Case[], isKnown: (found: Case) => boolean): string {
  const rows = [
    ['', 'case', 'expected', 'got'],
    ...cases.map((found) => [
      found.ok ? '✓' : isKnown(found) ? '~' : '✗',
      found.case.replace(/\s+/g, ' '),
      cell(found.expected),
      cell(found.got),
    ]),
  ];
  return alignColumns(rows);
}
