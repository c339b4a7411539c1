import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Endpoint } from '../endpoint.js';
import { Departures } from './departures.js';

const endpoint = (n: number): Endpoint => ({
  key: `10.0.0.${n}:80`,
  addresses: [{ host: `10.0.0.${n}`, port: 80 }],
  ready: true,
  serving: true,
  terminating: false,
  slice: 'name',
});
const pool = Array.from({ length: 16 }, (_, n) => endpoint(n + 10));
const some = (...ns: number[]): Endpoint[] => ns.map((n) => pool[n]!);

it('drops what an answer does not name at once', () => {
  const departures = new Departures();
  departures.apply(some(0, 1, 2));
  expect(departures.apply(some(0, 2))).toEqual(some(0, 2));
});

it('takes a rolling restart, a scale-down and a pod that comes back for what they are', () => {
  const departures = new Departures();
  for (const answer of [
    some(0, 1, 2),
    some(1, 2, 3),
    some(2, 3, 4),
    some(3, 4, 5),
    some(3),
    some(3, 4),
    some(3),
  ]) {
    expect(departures.apply(answer)).toEqual(answer);
  }
  expect(departures.rotating).toBe(false);
});

it('keeps all of a server that names a part each time, and drops what eight answers missed', () => {
  const departures = new Departures();
  let used: readonly Endpoint[] = [];
  for (let i = 0; i < 24; i++) used = departures.apply(i % 2 ? some(0, 1) : some(2, 3));
  expect(departures.rotating).toBe(true);
  expect(used).toEqual(some(0, 1, 2, 3));
  for (let i = 0; i < 8; i++) expect(departures.apply(some(2, 3))).toEqual(some(0, 1, 2, 3));
  expect(departures.apply(some(2, 3))).toEqual(some(2, 3));
});

it('believes a server again that was steady for a while', () => {
  const departures = new Departures();
  for (let i = 0; i < 8; i++) departures.apply(i % 2 ? some(0, 1) : some(2, 3));
  for (let i = 0; i < 30; i++) departures.apply(some(0, 1));
  expect(departures.rotating).toBe(false);
  expect(departures.apply(some(0))).toEqual(some(0));
});

it('changes little for a server that names a random part, and forgets nobody that is named', () => {
  fc.assert(
    fc.property(
      fc.array(fc.subarray(pool, { minLength: 8, maxLength: 8 }), { minLength: 60, maxLength: 60 }),
      (answers) => {
        const departures = new Departures();
        const sizes = answers.map((answer) => {
          const used = departures.apply(answer);
          expect(used).toEqual(expect.arrayContaining(answer));
          expect(new Set(used).size).toBe(used.length);
          return used.length;
        });
        return Math.max(...sizes) <= pool.length;
      },
    ),
    { numRuns: 30 },
  );
});
