import { expect, it } from 'vitest';
import { settle, VirtualClock } from '../../test/doubles/virtual-clock.js';
import { StartGate } from './start-gate.js';

function bench(limit: number) {
  const clock = new VirtualClock();
  const gate = new StartGate(limit, clock);
  const inside: string[] = [];
  const abort = new AbortController();
  const releases = new Map<string, () => void>();
  const enter = (name: string, signal = new AbortController().signal): void => {
    void gate.enter(signal).then((release) => {
      inside.push(name);
      releases.set(name, release);
    });
  };
  return { clock, inside, abort, enter, release: (name: string) => releases.get(name)?.() };
}

it('lets so many in, and the next one, in order, when one is done', async () => {
  const { clock, inside, enter, release } = bench(2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) enter(name);
  await settle();
  expect(inside).toEqual(['a', 'b']);
  release('b');
  release('b');
  await settle();
  expect(inside).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) release(name);
  await settle();
  expect(inside).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (const name of ['d', 'e']) release(name);
  expect(clock.pending).toBe(0);
});

it('waits for nobody longer than half a second', async () => {
  const { clock, inside, enter } = bench(1);
  for (const name of ['a', 'b', 'c']) enter(name);
  await clock.advance(499);
  expect(inside).toEqual(['a']);
  await clock.advance(501);
  expect(inside).toEqual(['a', 'b', 'c']);
  await clock.advance(500);
  expect(clock.pending).toBe(0);
});

it('lets go whoever is stopped while waiting, and gives nobody its place', async () => {
  const { clock, inside, abort, enter, release } = bench(1);
  enter('a');
  enter('b', abort.signal);
  enter('c');
  abort.abort();
  enter('late', abort.signal);
  await settle();
  expect(inside).toEqual(['a', 'b', 'late']);
  release('b');
  await settle();
  expect(inside).toHaveLength(3);
  release('a');
  await settle();
  expect(inside).toEqual(['a', 'b', 'late', 'c']);
  release('c');
  expect(clock.pending).toBe(0);
});
