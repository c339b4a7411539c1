import { expect, it } from 'vitest';
import { type LoadClock, startOpenLoop } from './open-loop.js';

function virtualClock(): LoadClock & { advance(ms: number): void } {
  let now = 0;
  let pending: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    delay(fn, ms) {
      const entry = { at: now + ms, fn };
      pending.push(entry);
      return {
        cancel() {
          pending = pending.filter((other) => other !== entry);
        },
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        pending = pending.filter((other) => other !== next);
        now = next.at;
        next.fn();
      }
      now = end;
    },
  };
}

it('starts rate × duration calls, evenly, whatever the calls take', async () => {
  const clock = virtualClock();
  const scheduled: number[] = [];
  const open: (() => void)[] = [];
  const loop = startOpenLoop({
    ratePerSecond: 100,
    durationMs: 1000,
    concurrency: 1000,
    clock,
    call: (at, done) => {
      scheduled.push(at);
      open.push(done);
    },
  });
  clock.advance(2000);
  expect(scheduled).toHaveLength(100);
  expect(scheduled.slice(0, 3)).toEqual([0, 10, 20]);
  for (const done of open) done();
  await loop.finished;
});

it('waits at the concurrency limit and keeps the scheduled times', () => {
  const clock = virtualClock();
  const scheduled: number[] = [];
  const open: (() => void)[] = [];
  startOpenLoop({
    ratePerSecond: 100,
    durationMs: 100,
    concurrency: 2,
    clock,
    call: (at, done) => {
      scheduled.push(at);
      open.push(done);
    },
  });
  clock.advance(500);
  expect(scheduled).toEqual([0, 10]);
  open.shift()?.();
  expect(scheduled).toEqual([0, 10, 20]);
});

it('starts at least one call, and takes calls that end at once', async () => {
  const clock = virtualClock();
  const scheduled: number[] = [];
  const loop = startOpenLoop({
    ratePerSecond: 1,
    durationMs: 100,
    concurrency: 1,
    clock,
    call: (at, done) => {
      scheduled.push(at);
      done();
    },
  });
  await loop.finished;
  expect(scheduled).toEqual([0]);
  let calls = 0;
  const many = startOpenLoop({
    ratePerSecond: 50_000_000,
    durationMs: 2,
    concurrency: 1,
    clock,
    call: (_, done) => {
      calls++;
      done();
    },
  });
  clock.advance(1000);
  await many.finished;
  expect(calls).toBe(100_000);
});

it('ends after stop() when the calls in flight have ended', async () => {
  const clock = virtualClock();
  const open: (() => void)[] = [];
  const loop = startOpenLoop({
    ratePerSecond: 10,
    concurrency: 10,
    clock,
    call: (_, done) => open.push(done),
  });
  clock.advance(450);
  loop.stop();
  clock.advance(1000);
  expect(open).toHaveLength(5);
  for (const done of open) done();
  await loop.finished;
});

it('never makes calls that are later than they may be', () => {
  const clock = virtualClock();
  const scheduled: number[] = [];
  const open: (() => void)[] = [];
  const loop = startOpenLoop({
    ratePerSecond: 100,
    concurrency: 1,
    maxLateMs: 50,
    clock,
    call: (at, done) => {
      scheduled.push(at);
      open.push(done);
    },
  });
  clock.advance(1000);
  open.shift()?.();
  expect(scheduled).toEqual([0, 960]);
  loop.stop();
});
