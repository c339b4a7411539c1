import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatIndexes, parseIndexes } from './indexes.js';

it.each([
  [[], ''],
  [[0], '0'],
  [[1, 0], '0,1'],
  [[0, 1, 2, 5, 7, 8, 9], '0-2,5,7-9'],
  [[3, 4, 9], '3,4,9'],
])('writes %j as %j', (indexes, text) => {
  expect(formatIndexes(indexes)).toBe(text);
});

it('reads what it writes, and leaves out what is no index', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (indexes) => {
      expect(parseIndexes(formatIndexes(indexes))).toEqual(new Set(indexes.toSorted((a, b) => a - b)));
    }),
  );
  expect([...parseIndexes('x,1-,2,-3')]).toEqual([2]);
  expect([...parseIndexes(undefined)]).toEqual([]);
});
