import { expect, it } from 'vitest';
import { formatBars } from './bars.js';
import { createStyle } from './style.js';
import { widthOf } from './width.js';

const plain = createStyle({ isTTY: false });

it('draws lengths as shares of the largest value and percents of the sum', () => {
  const lines = formatBars(
    [
      { label: 'pod-a', value: 300 },
      { label: 'b', value: 100, note: 'draining' },
    ],
    plain,
  );
  expect(lines[0]).toBe(`  pod-a  ${'█'.repeat(40)}    300   75.0 %`);
  expect(lines[1]).toBe(`  b      ${'█'.repeat(13)}▍${' '.repeat(26)}    100   25.0 %  draining`);
});

it('draws nothing when there are no calls yet', () => {
  expect(formatBars([{ label: 'pod-a', value: 0 }], plain)[0]).toMatch(/^ {2}pod-a +0 {4}0\.0 %$/);
});

it.each([60, 80, 120])('fits %i columns with the names that pods have', (columns) => {
  const bars = [
    { label: '10.244.13.201:8088 serv-ca-5f64d9c8b-x2x7k', value: 123_456 },
    { label: '10.244.13.7:8088 serv-ca-5f64d9c8b-qqqqq', value: 3 },
  ];
  const lines = formatBars(bars, createStyle({ isTTY: true }, {}), columns);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(columns, 70));
});
