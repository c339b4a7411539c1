import { expect, it } from 'vitest';
import type { Row } from './rows.js';
import { formatTable, verdict } from './table.js';

const row: Row = {
  id: 'pick/leastRequest',
  n: 1000,
  unit: 'ns',
  value: 123.4,
  low: 120,
  high: 130,
  control: 1.01,
  goal: 150,
  met: true,
};

it.each([
  { change: {}, expected: '≤ 150 met' },
  { change: { control: 1.2 }, expected: '≤ 150 met, noisy run' },
  { change: { goal: null, met: null }, expected: '' },
  { change: { value: 300, low: 280, high: 320, met: false }, expected: '≤ 150 MISSED ×2.00' },
  { change: { ratio: 3, low: 2.8, high: 3.2, goal: 2, met: false }, expected: '≤ 2 MISSED ×1.50' },
  { change: { low: 140, high: 160, met: null }, expected: '≤ 150 undecided' },
  {
    change: { ratio: 1, low: 1, high: 1.01, control: 1.05, goal: 1.02, met: null },
    expected: '≤ 1.02 undecided: the control is too far from 1',
  },
])('says "$expected"', ({ change, expected }) => {
  expect(verdict({ ...row, ...change })).toBe(expected);
});

it('aligns the columns and leaves out what a row does not have', () => {
  expect(
    formatTable([
      row,
      { ...row, id: 'x', n: 10, value: 2, ratio: 1.5, control: null, goal: null, met: null },
    ]),
  ).toBe(
    [
      'id                    N    value  ratio  95 % interval    A/A  goal',
      'pick/leastRequest  1000   123 ns             120 – 130  1.010  ≤ 150 met',
      'x                    10  2.00 ns   1.50      120 – 130',
    ].join('\n'),
  );
});
