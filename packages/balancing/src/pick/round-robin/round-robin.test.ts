import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate, candidates, connectAll, hostOf, mustPick, tally } from '../../../test/hosts.js';
import { Entry } from '../../candidates/entry.js';
import { Load } from '../../candidates/loads.js';
import { policyConfig } from '../../config/parse.js';
import { createPipeline } from '../../pipeline.js';
import { RoundRobin } from './round-robin.js';

function entries(n: number): Entry[] {
  return candidates(n).map((c) => new Entry(c, new Load(c.key)));
}

describe('RoundRobin', () => {
  it('asks everybody once per round', () => {
    const policy = new RoundRobin(hostOf(3));
    for (const entry of entries(5)) policy.add(entry);
    for (let round = 0; round < 4; round++) {
      const keys = Array.from({ length: 5 }, () => policy.pick()?.key);
      expect(new Set(keys).size).toBe(5);
    }
  });

  it('starts anywhere', () => {
    const first = Array.from({ length: 400 }, (_, seed) => {
      const pipeline = createPipeline(policyConfig('roundRobin'), hostOf(seed));
      connectAll(pipeline, candidates(4));
      return mustPick(pipeline).key;
    });
    for (const count of tally(first).values()) expect(count).toBeGreaterThan(60);
  });

  it('neither repeats nor forgets anybody in a round in which others come and go', () => {
    const change = fc.record({
      after: fc.integer({ min: 0, max: 12 }),
      remove: fc.boolean(),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 8 }), fc.array(change), (seed, n, changes) => {
        const policy = new RoundRobin(hostOf(seed));
        const lasting = new Set(entries(n));
        const present = new Set(lasting);
        for (const entry of present) policy.add(entry);
        let extra = 100;
        const turns = new Map<Entry, number>();
        for (const { after, remove, which } of changes) {
          for (let i = 0; i < after && present.size > 0; i++) {
            const entry = policy.pick();
            if (entry === undefined) throw new Error('nothing was picked');
            expect(present.has(entry)).toBe(true);
            turns.set(entry, (turns.get(entry) ?? 0) + 1);
          }
          if (remove) {
            const gone = [...present][which % Math.max(1, present.size)];
            if (gone === undefined) continue;
            present.delete(gone);
            lasting.delete(gone);
            policy.remove(gone);
            policy.remove(gone);
          } else {
            const c = candidate(extra++);
            const entry = new Entry(c, new Load(c.key));
            present.add(entry);
            policy.add(entry);
          }
          // Entries present all the time had the same number of turns, give or take the round that is going on.
          const counts = [...lasting].map((entry) => turns.get(entry) ?? 0);
          if (counts.length > 1) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('calls a newcomer no sooner than anybody else: its turn is at any place of the round', () => {
    for (const already of [0, 4, 9]) {
      const waits = Array.from({ length: 4000 }, (_, seed) => {
        const policy = new RoundRobin(hostOf(seed));
        for (const entry of entries(9)) policy.add(entry);
        for (let i = 0; i < already; i++) policy.pick();
        const newcomer = new Entry(candidate(99), new Load('new'));
        policy.add(newcomer);
        return Array.from({ length: 10 }, () => policy.pick()).indexOf(newcomer);
      });
      const counts = tally(waits.map(String));
      expect([...counts.keys()].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(100);
    }
  });

  it('has nothing to pick when empty', () => {
    const policy = new RoundRobin(hostOf(1));
    expect(policy.pick()).toBeUndefined();
    const [entry] = entries(1);
    if (entry === undefined) throw new Error('no entry');
    policy.add(entry);
    policy.remove(entry);
    expect(policy.pick()).toBeUndefined();
  });
});
