import { describe, expect, it } from 'vitest';
import { candidates, hostOf, tally } from '../../../test/hosts.js';
import { Entry } from '../../candidates/entry.js';
import { Load } from '../../candidates/loads.js';
import { LeastRequest } from './least-request.js';

function setUp(n: number, choiceCount: number): { policy: LeastRequest; list: Entry[] } {
  const policy = new LeastRequest({ choiceCount }, hostOf(5));
  const list = candidates(n).map((c) => new Entry(c, new Load(c.key)));
  for (const entry of list) policy.add(entry);
  return { policy, list };
}

const picks = (policy: LeastRequest, count: number): Map<string, number> =>
  tally(Array.from({ length: count }, () => policy.pick()?.key ?? 'nothing'));

describe.each([2, 3, 5, 10])('LeastRequest with %i choices', (choiceCount) => {
  it('is even among equals', () => {
    for (const count of picks(setUp(4, choiceCount).policy, 10_000).values()) {
      expect(Math.abs(count - 2500)).toBeLessThan(200);
    }
  });

  it('compares different entries: the busiest of N is taken only when all are asked in vain', () => {
    const { policy, list } = setUp(4, choiceCount);
    const [busy] = list;
    if (busy === undefined) throw new Error('no entry');
    busy.load.inFlight = 1;
    expect(picks(policy, 2000).has(busy.key)).toBe(false);
  });

  it('finds the idlest more often the more choices it has', () => {
    const { policy, list } = setUp(20, choiceCount);
    const [idle, ...busy] = list;
    for (const entry of busy) entry.load.inFlight = 3;
    const share = (picks(policy, 10_000).get(idle?.key ?? '') ?? 0) / 10_000;
    expect(Math.abs(share - choiceCount / 20)).toBeLessThan(0.02);
  });

  it('survives removals at any place', () => {
    const { policy, list } = setUp(6, choiceCount);
    for (const gone of [3, 5, 0]) {
      const entry = list[gone];
      if (entry === undefined) throw new Error('no entry');
      policy.pick();
      policy.remove(entry);
      policy.remove(entry);
      expect(picks(policy, 500).has(entry.key)).toBe(false);
    }
    expect(picks(policy, 500).size).toBe(3);
  });
});

describe('LeastRequest', () => {
  it('counts picks of this turn like calls in flight', () => {
    const { policy, list } = setUp(2, 2);
    const [a, b] = list;
    if (a === undefined || b === undefined) throw new Error('no entry');
    a.load.pending = 1;
    expect([...picks(policy, 100).keys()]).toEqual([b.key]);
    b.load.inFlight = 2;
    expect([...picks(policy, 100).keys()]).toEqual([a.key]);
  });

  it('takes the only one and has nothing when empty', () => {
    const { policy, list } = setUp(1, 2);
    expect(policy.pick()).toBe(list[0]);
    if (list[0] !== undefined) policy.remove(list[0]);
    expect(policy.pick()).toBeUndefined();
  });
});
