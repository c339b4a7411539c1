import { afterEach, describe, expect, it } from 'vitest';
import { LoopWatch } from './loop-watch.js';

let loop: LoopWatch | undefined;
afterEach(() => loop?.close());

describe('a stall', () => {
  it('is as long as a timer was late, and is forgotten when it was taken', () => {
    let nowMs = 100;
    loop = new LoopWatch(() => nowMs);
    nowMs += 40;
    // The interval of the timer is no stall.
    expect(loop.take().stallMs).toBe(39);
    nowMs += 1;
    expect(loop.take()).toEqual({ stallMs: 0, stallCpuMs: 0 });
  });
});
