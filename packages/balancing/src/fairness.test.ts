import { describe, expect, it } from 'vitest';
import { CONTEXT, call, candidate, candidates, connectAll, hostOf, OK, tally } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { LoadReport, Pipeline } from './contract.js';
import { createPipeline } from './pipeline.js';

const POLICIES = ['roundRobin', 'leastRequest', 'loadAware', 'weightedRoundRobin', 'peakEwma'];
const BLACKOUT = { weightedRoundRobin: { blackoutMs: 0 } };

interface Bench {
  readonly pipeline: Pipeline;
  nowMs: number;
}

/** A pipeline whose clock the test moves. */
function bench(policy: string, seed: number): Bench {
  const clock = { nowMs: 1000 };
  const pick = policy === 'weightedRoundRobin' ? BLACKOUT : { [policy]: {} };
  const pipeline = createPipeline(parseConfig({ pick }), { ...hostOf(seed), now: () => clock.nowMs });
  return Object.assign(clock, { pipeline });
}

/** Calls one after the other, a millisecond each, with a report of every endpoint before each tenth. */
function shares(
  b: Bench,
  keys: readonly string[],
  reportOf: (key: string) => LoadReport,
): Map<string, number> {
  const picked: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    if (i % 10 === 0) for (const key of keys) b.pipeline.report(key, reportOf(key));
    b.nowMs += 1;
    if (b.pipeline.nextWakeMs !== null && b.pipeline.nextWakeMs <= b.nowMs) b.pipeline.wake();
    picked.push(call(b.pipeline));
  }
  return tally(picked);
}

const CALM: LoadReport = { requestsInFlight: 4, latencyMs: 10, rps: 100, cpuUtilization: 0.5 };

describe.each(POLICIES)('weights under %s', (policy) => {
  it.each([[[1, 1, 1, 1]], [[1, 2, 3, 4]], [[1, 1, 1, 5]]])('are the shares at rest: %j', (weights) => {
    const b = bench(policy, 5);
    connectAll(
      b.pipeline,
      weights.map((weight, n) => candidate(n, { weight })),
    );
    const counts = tally(Array.from({ length: 20_000 }, () => call(b.pipeline)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const [n, weight] of weights.entries()) {
      expect(Math.abs((counts.get(candidate(n).key) ?? 0) / 20_000 - weight / sum)).toBeLessThan(0.02);
    }
  });

  it('are the shares also where everybody reports to be at rest', () => {
    const b = bench(policy, 5);
    const weights = [1, 2, 3, 4];
    const list = weights.map((weight, n) => candidate(n, { weight }));
    connectAll(b.pipeline, list);
    const keys = list.map(({ key }) => key);
    const counts = shares(b, keys, () => ({ ...CALM, requestsInFlight: 0 }));
    for (const [n, weight] of weights.entries()) {
      expect(Math.abs((counts.get(candidate(n).key) ?? 0) / 20_000 - weight / 10)).toBeLessThan(0.02);
    }
  });

  it.each([0, Number.NaN, -1, Number.POSITIVE_INFINITY, 1e9])('survive a weight of %d', (weight) => {
    const b = bench(policy, 5);
    connectAll(b.pipeline, [candidate(0, { weight }), candidate(1), candidate(2)]);
    const counts = tally(Array.from({ length: 6000 }, () => call(b.pipeline)));
    const others = [1, 2].map((n) => counts.get(candidate(n).key) ?? 0);
    // What the odd one leaves is even among the others.
    expect(Math.abs((others[0] ?? 0) - (others[1] ?? 0))).toBeLessThan(300);
  });
});

it('a subset changes by at most one endpoint when one is added', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const pipeline = createPipeline(parseConfig({ subset: { size: 8 } }), hostOf(seed));
    for (let n = 1; n < 40; n++) {
      const before = pipeline.update(candidates(n)).connect;
      const after = pipeline.update(candidates(n + 1)).connect;
      expect([...after].filter((key) => !before.has(key)).length).toBeLessThanOrEqual(1);
      expect([...before].filter((key) => !after.has(key)).length).toBeLessThanOrEqual(1);
      expect(after.size).toBe(Math.min(8, n + 1));
    }
  }
});

describe('ejection', () => {
  const failing = { ...OK, code: 14 };

  function eject(ejecting: number, outliers: object): Pipeline {
    const pipeline = createPipeline(parseConfig({ pick: { roundRobin: {} }, outliers }), hostOf(1));
    const list = candidates(4);
    connectAll(pipeline, list);
    const bad = new Set(list.slice(0, ejecting).map(({ key }) => key));
    for (let i = 0; i < 200; i++) {
      const slot = pipeline.pick(CONTEXT);
      if (slot === null) throw new Error('nothing was picked');
      pipeline.started(slot);
      pipeline.ended(slot, bad.has(slot.key) ? failing : OK);
      pipeline.endOfTurn();
    }
    return pipeline;
  }

  const picked = (pipeline: Pipeline): number =>
    tally(Array.from({ length: 100 }, () => call(pipeline))).size;

  it.each([
    ['one of four', 1, { maxEjectionPercent: 100 }, 3],
    ['two of four', 2, { maxEjectionPercent: 100 }, 2],
    ['three of four are too many: panic', 3, { maxEjectionPercent: 100 }, 4],
    ['three of four without panic', 3, { maxEjectionPercent: 100, panicPercent: 0 }, 1],
    ['no fast path', 1, { consecutiveFailures: 0 }, 4],
    ['the limit is passed once, as gRFC A50 has it', 2, { maxEjectionPercent: 10 }, 3],
  ])('%s', (_what, ejecting, outliers, left) => {
    expect(picked(eject(ejecting, outliers))).toBe(left);
  });
});

it('pickFirst goes on to another endpoint when its connection fails, and stays there', () => {
  const pipeline = createPipeline(parseConfig({ pick: { pickFirst: {} } }), hostOf(4));
  const [first = ''] = pipeline.update(candidates(3)).connect;
  pipeline.connection(first, 'ready');
  expect(call(pipeline)).toBe(first);
  const [second = ''] = pipeline.connection(first, 'failed')?.connect ?? [];
  expect(second).not.toBe(first);
  pipeline.connection(second, 'ready');
  expect(new Set(Array.from({ length: 10 }, () => call(pipeline)))).toEqual(new Set([second]));
});

it('pickFirst begins anywhere, or where the list begins when it is not to shuffle', () => {
  const firsts = (shuffle: boolean): Set<string> =>
    new Set(
      Array.from({ length: 50 }, (_, seed) => {
        const pipeline = createPipeline(parseConfig({ pick: { pickFirst: { shuffle } } }), hostOf(seed));
        return [...pipeline.update(candidates(3)).connect].join();
      }),
    );
  expect(firsts(true).size).toBe(3);
  expect([...firsts(false)]).toEqual(['10.0.0.0:80']);
});

describe('ringHash', () => {
  const context = (user: string) => ({ header: (name: string) => (name === 'x-user' ? user : undefined) });
  const users = Array.from({ length: 2000 }, (_, i) => `user-${i}`);

  function ring(n: number, boundedLoad?: number): Pipeline {
    const ringHash = { header: 'x-user', ...(boundedLoad === undefined ? {} : { boundedLoad }) };
    const pipeline = createPipeline(parseConfig({ pick: { ringHash } }), hostOf(1));
    for (const key of pipeline.update(candidates(n)).lazy) pipeline.connection(key, 'ready');
    return pipeline;
  }

  const places = (pipeline: Pipeline): (string | undefined)[] =>
    users.map((user) => {
      const slot = pipeline.pick(context(user));
      pipeline.endOfTurn();
      return slot?.key;
    });

  it('gives a key the same endpoint in every client, and moves few keys when one is added', () => {
    const before = places(ring(10));
    expect(places(ring(10))).toEqual(before);
    const moved = places(ring(11)).filter((key, i) => key !== before[i]).length;
    expect(moved / users.length).toBeGreaterThan(0.5 / 11);
    expect(moved / users.length).toBeLessThan(3 / 11);
  });

  it('gives on the calls of a hot key once its endpoint has more than its bound', () => {
    const pipeline = ring(10, 1.25);
    const counts = new Map<string, number>();
    for (let i = 0; i < 100; i++) {
      const slot = pipeline.pick(context('hot'));
      if (slot === null) throw new Error('nothing was picked');
      pipeline.started(slot);
      counts.set(slot.key, (counts.get(slot.key) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(Math.ceil((1.25 * 100) / 10));
  });
});
