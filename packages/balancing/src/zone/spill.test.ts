import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextShare } from './spill.js';

/** The share at which the looks at a constant demand come to rest. Calls of the zone: `nearCalls`, of others: `farCalls`. */
function settle(
  demand: { nearCalls: number; farCalls: number; nearWorth: number; farWorth: number },
  floor: number,
) {
  const { nearCalls, farCalls, nearWorth, farWorth } = demand;
  const loadsAt = (share: number) => ({
    near: (nearCalls * (1 - share)) / nearWorth,
    far: (farCalls + nearCalls * share) / farWorth,
    nearWorth,
    farWorth,
  });
  let share = 0;
  for (let look = 0; look < 200; look++) share = nextShare(share, loadsAt(share), floor);
  const { near, far } = loadsAt(share);
  return { share, near, far, level: (nearCalls + farCalls) / (nearWorth + farWorth) };
}

const demands = fc.record({
  nearCalls: fc.double({ min: 0, max: 1000, noNaN: true }),
  farCalls: fc.double({ min: 0, max: 1000, noNaN: true }),
  nearWorth: fc.integer({ min: 1, max: 30 }),
  farWorth: fc.integer({ min: 1, max: 30 }),
});

describe('nextShare', () => {
  it('comes to the smallest share with which the near side is hardly more loaded than all', () => {
    fc.assert(
      fc.property(demands, fc.double({ min: 0, max: 20, noNaN: true }), (demand, floor) => {
        const { share, near, level } = settle(demand, floor);
        const aim = Math.max(level, floor);
        const edge = aim * 1.1 + 0.25 * Math.sqrt(aim / demand.nearWorth);
        if (share < 0.99) expect(near).toBeLessThanOrEqual(edge * 1.02 + 1e-9);
        // Not one call more than that: with any share the near side is at the edge.
        if (share > 0) expect(near).toBeGreaterThan(edge * 0.97);
      }),
    );
  });

  it('is nothing where the zone is not the more loaded', () => {
    fc.assert(
      fc.property(demands, (demand) => {
        const { nearCalls, farCalls, nearWorth, farWorth } = demand;
        fc.pre(nearCalls / nearWorth <= farCalls / farWorth);
        expect(settle(demand, 0).share).toBe(0);
      }),
    );
  });

  it('is nothing below the floor, however idle the others are', () => {
    expect(settle({ nearCalls: 6, farCalls: 0, nearWorth: 3, farWorth: 6 }, 2).share).toBe(0);
    expect(settle({ nearCalls: 60, farCalls: 0, nearWorth: 3, farWorth: 6 }, 2).share).toBeGreaterThan(0.5);
  });

  it('stays between 0 and 1, and comes back when the load is gone', () => {
    const any = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any), { maxLength: 30 }), (looks) => {
        let share = 0;
        const sizes = { nearWorth: 2, farWorth: 5 };
        for (const [near, far] of looks) share = nextShare(share, { near, far, ...sizes }, 2);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(1);
        for (let look = 0; look < 20; look++) share = nextShare(share, { near: 0, far: 1, ...sizes }, 2);
        expect(share).toBe(0);
      }),
    );
  });
});
