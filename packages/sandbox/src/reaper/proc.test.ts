import { expect, it } from 'vitest';
import { lives, parseStat, readStat } from './proc.js';

const rest = '1234 5678 1234 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 200';

it.each([
  [`42 (node) S ${rest}`, { pid: 42, state: 'S', group: 5678, start: '987654' }],
  [`42 (a) R 1 (b)) Z ${rest}`, { pid: 42, state: 'Z', group: 5678, start: '987654' }],
  ['', undefined],
  ['42 (node', undefined],
  ['42 (node) S 1 2', undefined],
  ['x (node) S 1 2 3', undefined],
])('reads the stat line "%s"', (line, expected) => {
  expect(parseStat(line)).toEqual(expected);
});

it('knows itself, and nothing of another start time or pid', () => {
  const own = readStat(process.pid);
  expect(own?.pid).toBe(process.pid);
  expect(lives(process.pid, own?.start ?? '')).toBe(true);
  expect(lives(process.pid, '1')).toBe(false);
  expect(readStat(2 ** 22 + 1)).toBe(undefined);
});
