import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/hosts.js';
import { LoopOverload } from './loop-overload.js';

const MAX_MS = 50;

interface Rig {
  readonly clock: VirtualClock;
  readonly loop: LoopOverload;
  /** Lets the loop take turns that keep its timer waiting for so long. */
  turns(count: number, lateMs: number): Promise<void>;
}

function rig(): Rig {
  const clock = new VirtualClock();
  const loop = new LoopOverload(clock, MAX_MS);
  const turns = async (count: number, lateMs: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      loop.called();
      clock.stall(20 + lateMs);
      await clock.advance(0);
    }
  };
  return { clock, loop, turns };
}

describe('an event loop', () => {
  it('is no overloaded one after a single long turn', async () => {
    const { loop, turns } = rig();
    await turns(1, 5000);
    expect(loop.overloaded).toBe(false);
    await turns(10, 0);
    expect(loop.overloaded).toBe(false);
  });

  it('is overloaded when its turns are too long for 100 ms on end', async () => {
    const { loop, turns } = rig();
    await turns(2, 51);
    expect(loop.overloaded).toBe(false);
    await turns(1, 51);
    expect(loop.overloaded).toBe(true);
  });

  it('is not overloaded at the bound, nor when long and short turns alternate', async () => {
    const { loop, turns } = rig();
    await turns(100, MAX_MS);
    for (let i = 0; i < 20; i++) {
      await turns(1, 200);
      await turns(1, 10);
    }
    expect(loop.overloaded).toBe(false);
  });

  it('is overloaded until its turns have been below half of the bound for 100 ms on end', async () => {
    const { loop, turns } = rig();
    await turns(3, 200);
    await turns(100, 26);
    expect(loop.overloaded).toBe(true);
    await turns(5, 1);
    expect(loop.overloaded).toBe(true);
    await turns(1, 1);
    expect(loop.overloaded).toBe(false);
  });

  it('is looked at only while calls come', async () => {
    const { clock, loop, turns } = rig();
    expect(clock.pending).toBe(0);
    await turns(1, 0);
    await clock.advance(900);
    expect(clock.pending).toBe(1);
    await clock.advance(200);
    expect(clock.pending).toBe(0);
    await turns(3, 200);
    expect(loop.overloaded).toBe(true);
    await clock.advance(2000);
    expect([loop.overloaded, clock.pending]).toEqual([false, 0]);
  });

  it('is not looked at without a bound', () => {
    const clock = new VirtualClock();
    new LoopOverload(clock, Number.POSITIVE_INFINITY).called();
    expect(clock.pending).toBe(0);
  });
});
