import { describe, expect, it } from 'vitest';
import { candidate, candidates, tally } from '../../test/hosts.js';
import { StreamRig } from '../../test/streams.js';

const BROKEN = candidate(0).key;

/** The end of a stream that its server ended at once. */
const early = (code = 0) => ({ code, latencyMs: 2, streaming: true });

/** Opens so many streams, 10 ms apart, of which those on the broken endpoint end at once; returns how many those were. */
function openMany(rig: StreamRig, count: number, code = 0): number {
  let ended = 0;
  for (let i = 0; i < count; i++) {
    rig.nowMs += 10;
    const stream = rig.start();
    if (stream.slot.key !== BROKEN) continue;
    rig.end(stream, early(code));
    ended += 1;
  }
  return ended;
}

describe('an endpoint that ends streams at once', () => {
  it.each([0, 8, 5])('draws not all new ones by having few open, when it ends them with code %i', (code) => {
    const rig = new StreamRig();
    rig.list(candidates(5));
    for (const stream of rig.startMany(500)) {
      if (stream.slot.key === BROKEN) rig.end(stream, early(code));
    }
    // 10 s, in which the others have a hundred more each than it.
    const ended = openMany(rig, 1000, code);
    expect(ended).toBeGreaterThan(3);
    expect(ended).toBeLessThan(100);
  });

  it('begins to get its part as soon as streams stay', () => {
    const rig = new StreamRig();
    rig.list(candidates(5));
    openMany(rig, 400);
    rig.nowMs += 10_000;
    rig.startMany(100);
    const counts = rig.counts(candidates(5));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('lags by a few streams when one ended early and many begin within the second', () => {
    const rig = new StreamRig();
    rig.list(candidates(4));
    const first = rig.start();
    rig.end(first, early());
    for (let i = 0; i < 400; i++) {
      rig.nowMs += 1;
      rig.start();
    }
    for (const count of rig.counts(candidates(4))) expect(Math.abs(count - 100)).toBeLessThan(5);
  });

  it('gets its part where all streams are short', () => {
    const rig = new StreamRig();
    const list = candidates(4);
    rig.list(list);
    const begun: string[] = [];
    for (let i = 0; i < 400; i++) {
      rig.nowMs += 10;
      const [oldest] = rig.open;
      if (rig.open.size === 8 && oldest !== undefined) rig.end(oldest, early());
      begun.push(rig.start().slot.key);
    }
    for (const count of tally(begun).values()) expect(Math.abs(count - 100)).toBeLessThan(10);
  });

  it('keeps long streams even beside short ones', () => {
    const rig = new StreamRig();
    const list = candidates(4);
    rig.list(list);
    for (let i = 0; i < 400; i++) {
      rig.nowMs += 10;
      const stream = rig.start();
      if (i % 4 > 0) rig.end(stream, early());
    }
    expect(rig.counts(list)).toEqual([25, 25, 25, 25]);
  });

  it('is not taken for one when clients end their streams early, or they were long', () => {
    for (const outcome of [
      { code: 1, latencyMs: 2, streaming: true },
      { code: 4, latencyMs: 2, streaming: true },
      { code: 0, latencyMs: 1_000, streaming: true },
    ]) {
      const rig = new StreamRig();
      rig.list(candidates(3));
      const streams = rig.startMany(9).filter(({ slot }) => slot.key === BROKEN);
      for (const stream of streams) rig.end(stream, outcome);
      for (let i = 0; i < 3; i++) expect(rig.start().slot.key).toBe(BROKEN);
    }
  });
});
