import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTEXT,
  call,
  candidate,
  candidates,
  connectAll,
  hostOf,
  mustPick,
  OK,
  tally,
} from '../test/hosts.js';
import { Loads } from './candidates/loads.js';
import { policyConfig } from './config/parse.js';
import type { Candidate, ConnectionState, Pipeline, Slot } from './contract.js';
import { buildPipeline, createPipeline } from './pipeline.js';

const POLICIES = ['roundRobin', 'leastRequest', 'loadAware', 'weightedRoundRobin', 'peakEwma'];
const STATES: readonly ConnectionState[] = ['idle', 'connecting', 'ready', 'failed'];

type Step =
  | { readonly do: 'update'; readonly list: readonly Candidate[] }
  | {
      readonly do: 'edit';
      readonly at: number;
      readonly remove: number;
      readonly insert: readonly Candidate[];
    }
  | { readonly do: 'connection'; readonly n: number; readonly state: ConnectionState }
  | { readonly do: 'pick' | 'start' | 'drop' | 'end' | 'turn' };

const someCandidate: fc.Arbitrary<Candidate> = fc
  .record({
    n: fc.integer({ min: 0, max: 7 }),
    pod: fc.integer({ min: 0, max: 9 }),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
  })
  .map(({ n, pod, ...conditions }) => candidate(n, { uid: `pod-${pod}`, ...conditions }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      at: fc.nat({ max: 10 }),
      remove: fc.nat({ max: 2 }),
      insert: fc.array(someCandidate, { maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.array(someCandidate, { maxLength: 10 }).map((list) => ({ do: 'update', list }) as const),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('connection' as const),
      n: fc.integer({ min: 0, max: 7 }),
      state: fc.constantFrom(...STATES),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('pick', 'start', 'drop', 'end', 'turn'),
    }) as fc.Arbitrary<Step>,
  },
);

/** What the pipeline must know, computed the plain way. */
class Model {
  usable = new Set<string>();
  readonly connected = new Set<string>();

  update(list: readonly Candidate[]): void {
    const first = new Map<string, Candidate>();
    for (const c of list) if (!first.has(c.key)) first.set(c.key, c);
    const all = [...first.values()];
    const ready = all.filter((c) => c.ready && !c.terminating);
    const fallback = all.filter((c) => c.serving && c.terminating);
    this.usable = new Set((ready.length > 0 ? ready : fallback).map((c) => c.key));
    for (const key of this.connected) if (!this.usable.has(key)) this.connected.delete(key);
  }

  connection(key: string, state: ConnectionState): void {
    if (state === 'ready' && this.usable.has(key)) this.connected.add(key);
    else this.connected.delete(key);
  }
}

/** Runs the steps beside the model; returns the slots that are still in flight. */
function run(pipeline: Pipeline, steps: readonly Step[]): Slot[] {
  const model = new Model();
  const picked: Slot[] = [];
  const flying: Slot[] = [];
  let list: readonly Candidate[] = [];
  for (const s of steps) {
    if (s.do === 'update' || s.do === 'edit') {
      // An edit keeps the other objects, as a source does; the list may hold a key twice.
      list = s.do === 'update' ? s.list : list.toSpliced(s.at, s.remove, ...s.insert);
      model.update(list);
      const plan = pipeline.update(list);
      expect(new Set(plan.connect)).toEqual(model.usable);
      expect(new Set(plan.pick.keys())).toEqual(model.usable);
    } else if (s.do === 'connection') {
      model.connection(candidate(s.n).key, s.state);
      pipeline.connection(candidate(s.n).key, s.state);
    } else if (s.do === 'pick') {
      const slot = pipeline.pick(CONTEXT);
      expect(slot === null).toBe(model.connected.size === 0);
      if (slot === null) continue;
      expect(model.connected).toContain(slot.key);
      picked.push(slot);
    } else if (s.do === 'start') {
      const slot = picked.shift();
      if (slot === undefined) continue;
      pipeline.started(slot);
      flying.push(slot);
    } else if (s.do === 'drop') picked.shift();
    else if (s.do === 'end') {
      const slot = flying.shift();
      if (slot !== undefined) pipeline.ended(slot, OK);
    } else pipeline.endOfTurn();
  }
  return flying;
}

describe.each(POLICIES)('%s', (policy) => {
  it('never picks outside the plan or without a ready connection, and ends with nothing in flight', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 60, size: 'max' }), (seed, steps) => {
        const loads = new Loads();
        const pipeline = buildPipeline(policyConfig(policy), hostOf(seed), loads);
        const flying = run(pipeline, steps);
        expect(loads.inFlight).toBe(flying.length);
        for (const slot of flying) pipeline.ended(slot, OK);
        pipeline.endOfTurn();
        expect(loads.inFlight).toBe(0);
        pipeline.update([]);
        expect(loads.size).toBe(0);
      }),
      { seed: 7, numRuns: 400 },
    );
  });

  it('is within two points of an even share at rest', () => {
    for (let n = 1; n <= 20; n++) {
      const pipeline = createPipeline(policyConfig(policy), hostOf(n));
      connectAll(pipeline, candidates(n));
      const counts = tally(Array.from({ length: 10_000 }, () => call(pipeline)));
      expect(counts.size).toBe(n);
      for (const count of counts.values()) expect(Math.abs(count / 10_000 - 1 / n)).toBeLessThan(0.02);
    }
  });

  it('plans exactly one more connection for one more ready endpoint', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 250 }), { minLength: 1, maxLength: 40 }), (ns) => {
        const pipeline = createPipeline(policyConfig(policy), hostOf(1));
        const [added = 0, ...rest] = ns;
        const list = rest.map((n) => candidate(n));
        const before = pipeline.update(list);
        const at = added % (list.length + 1);
        const after = pipeline.update([...list.slice(0, at), candidate(added), ...list.slice(at)]);
        expect([...after.connect].filter((key) => !before.connect.has(key))).toEqual([candidate(added).key]);
        expect([...before.connect].filter((key) => !after.connect.has(key))).toEqual([]);
      }),
      { seed: 7 },
    );
  });

  it('spreads bursts of 100 picks in a turn', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const pipeline = createPipeline(policyConfig(policy), hostOf(seed));
      connectAll(pipeline, candidates(4));
      const counts = tally(Array.from({ length: 100 }, () => mustPick(pipeline).key));
      for (const count of counts.values()) expect(Math.abs(count - 25)).toBeLessThanOrEqual(4);
    }
  });
});
