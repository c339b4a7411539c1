import { expect, it } from 'vitest';
import { seededRandom } from '#commands/random.js';
import { interleave, perRound, ratio } from './interleave.js';

it('runs every contestant once a round, in changing order, and throws the warm-up away', async () => {
  const log: string[] = [];
  const rounds: number[] = [];
  let count = 0;
  const contestant = (name: string) => () => {
    log.push(name);
    return ++count;
  };
  const samples = await interleave(
    { a: contestant('a'), b: async () => contestant('b')() },
    { rounds: 20, warmupRounds: 3, random: seededRandom(1), onRound: (round) => rounds.push(round) },
  );
  expect(rounds.slice(0, 4)).toEqual([-3, -2, -1, 0]);
  expect(samples.a).toHaveLength(20);
  expect(samples.b).toHaveLength(20);
  expect(Math.min(...samples.a, ...samples.b)).toBe(7);
  const pairs = Array.from({ length: 23 }, (_, round) => log.slice(2 * round, 2 * round + 2).join(''));
  expect(new Set(pairs)).toEqual(new Set(['ab', 'ba']));
});

it('refuses so few rounds that an interval would mean nothing', async () => {
  const run = interleave({ a: () => 1 }, { rounds: 6, warmupRounds: 0, random: seededRandom(1) });
  await expect(run).rejects.toThrow('rounds: got 6, accepted: at least 7');
});

it('ends with the first contestant that fails', async () => {
  const failing = (): number => {
    throw new Error('the server is gone');
  };
  const run = interleave({ a: failing }, { rounds: 7, warmupRounds: 0, random: seededRandom(1) });
  await expect(run).rejects.toThrow('the server is gone');
});

it('combines only samples of the same round', () => {
  expect(perRound(ratio, [2, 9, 8], [1, 3, 4])).toEqual([2, 3, 2]);
});
