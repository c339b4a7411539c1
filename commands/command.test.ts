import { describe, expect, it } from 'vitest';
import { alignColumns } from './columns.js';
import { readNumber, UsageError } from './command.js';
import { waitFor } from './wait.js';

describe('readNumber', () => {
  const range = { least: 1, most: 10, whole: true };

  it.each([
    ['1', 1],
    ['10', 10],
  ])('takes %s', (text, value) => expect(readNumber('--n', text, range)).toBe(value));

  it.each(['0', '11', '1.5', '', ' ', 'x', undefined])('refuses %j with what is accepted', (text) => {
    const message = `--n "${text ?? ''}": accepted is a whole number from 1 to 10`;
    expect(() => readNumber('--n', text, range)).toThrow(new UsageError(message));
  });
});

it('aligns columns, those of numbers to the right', () => {
  const rows = [
    ['', 'a', '1'],
    ['x', 'bcd', '100'],
  ];
  expect(alignColumns(rows, new Set([2]))).toBe('   a      1\nx  bcd  100');
  expect(alignColumns(rows)).toBe('   a    1\nx  bcd  100');
});

it('says what did not come, with the last trouble', async () => {
  const never = async (): Promise<boolean> => {
    throw new Error('refused');
  };
  await expect(waitFor('the cluster', never, { timeoutMs: 1 })).rejects.toThrow(
    'did not happen within 0.001 s: the cluster: refused',
  );
});
