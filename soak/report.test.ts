import { expect, it } from 'vitest';
import type { PartReport } from './part.js';
import { formatRows, formatTrouble, held } from './report.js';

const report: PartReport = {
  part: 'chaos',
  rows: [
    { name: 'calls', value: '1200', ok: null },
    { name: 'heap growth', value: '0.2 MB', bound: '< 1 MB', ok: true },
  ],
  objections: [],
  events: ['1.0 s  scale to 3'],
};

it('prints a table with marks', () => {
  expect(formatRows(report.rows)).toBe(
    ['   what         value   accepted', '   calls        1200', '✓  heap growth  0.2 MB  < 1 MB'].join('\n'),
  );
});

it('holds only without objections and with every row in its bound', () => {
  expect(held(report)).toBe(true);
  expect(held({ ...report, objections: ['2.0 s  a call failed'] })).toBe(false);
  expect(held({ ...report, rows: [{ name: 'heap growth', value: '3 MB', ok: false }] })).toBe(false);
});

it('says how to see the trouble again', () => {
  const text = formatTrouble({ ...report, objections: ['2.0 s  a call failed'] }, 42);
  expect(text).toContain('again with --seed 42');
  expect(text).toContain('2.0 s  a call failed');
  expect(text).toContain('1.0 s  scale to 3');
});
