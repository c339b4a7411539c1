import { expect, it } from 'vitest';
import { settle, VirtualClock } from '../../test/doubles/virtual-clock.js';
import type { GroupProcess } from './process.js';
import { Termination } from './termination.js';

function bench(graceMs: number, preStop?: () => Promise<void>, turn?: Promise<void>) {
  const clock = new VirtualClock();
  const startMs = clock.now();
  const signals: string[] = [];
  const never = new Promise<never>(() => {});
  const process: GroupProcess = {
    pid: 1,
    pipes: [],
    begun: never,
    exited: never,
    closed: never,
    signal: (signal) => void signals.push(`${signal} ${clock.now() - startMs}`),
  };
  const termination = new Termination({
    ...{ clock, process, graceMs },
    ...(preStop ? { preStop } : {}),
    ...(turn ? { turn } : {}),
  });
  return { clock, signals, termination };
}

it('asks at once and kills when the grace is over', async () => {
  const { clock, signals } = bench(5000);
  await clock.advance(60_000);
  expect(signals).toEqual(['SIGTERM 0', 'SIGKILL 5000']);
});

it('kills at once without grace', async () => {
  const { clock, signals } = bench(0);
  await clock.advance(60_000);
  expect(signals).toEqual(['SIGKILL 0']);
});

it('asks when preStop is over, within the same grace', async () => {
  let done: () => void = () => {};
  const { clock, signals } = bench(5000, () => new Promise((resolve) => (done = resolve)));
  await clock.advance(3000);
  expect(signals).toEqual([]);
  done();
  await clock.advance(60_000);
  expect(signals).toEqual(['SIGTERM 3000', 'SIGKILL 5000']);
});

it('asks when its turn has come, and when the grace is over at the latest', async () => {
  let next: () => void = () => {};
  const early = bench(5000, async () => {}, new Promise((resolve) => (next = resolve)));
  await early.clock.advance(1000);
  expect(early.signals).toEqual([]);
  next();
  await early.clock.advance(60_000);
  expect(early.signals).toEqual(['SIGTERM 1000', 'SIGKILL 5000']);
  const late = bench(5000, undefined, new Promise(() => {}));
  await late.clock.advance(60_000);
  expect(late.signals).toEqual(['SIGTERM 5000', 'SIGKILL 7000']);
});

it('gives two seconds more when preStop used up the grace', async () => {
  const { clock, signals } = bench(5000, () => new Promise(() => {}));
  await clock.advance(60_000);
  expect(signals).toEqual(['SIGTERM 5000', 'SIGKILL 7000']);
});

it('can be shortened, not lengthened, and stops with the process', async () => {
  const { clock, signals, termination } = bench(60_000);
  await clock.advance(1000);
  termination.shorten(2000);
  termination.shorten(90_000);
  await clock.advance(2000);
  expect(signals).toEqual(['SIGTERM 0', 'SIGKILL 3000']);
  const ended = bench(1000);
  await settle();
  ended.termination.end();
  await ended.clock.advance(5000);
  expect(ended.signals).toEqual(['SIGTERM 0']);
});
