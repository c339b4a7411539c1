import { describe, expect, it } from 'vitest';
import { call, candidate, connectAll, hostOf, tally } from '../test/hosts.js';
import { OneClient } from '../test/one-client.js';
import { parseConfig } from './config/parse.js';
import type { Candidate } from './contract.js';
import { createPipeline } from './pipeline.js';

const POLICIES: Readonly<Record<string, object>> = {
  roundRobin: {},
  leastRequest: {},
  loadAware: {},
  weightedRoundRobin: { blackoutMs: 0 },
  peakEwma: {},
  // As many places as by default at most: the shares of a small ring are uneven by themselves.
  ringHash: { minRingSize: 4096 },
  pickFirst: {},
};
const SUBSET = 4;
const STAGES: readonly (readonly [string, object])[] = [
  ['subset', { subset: { size: SUBSET } }],
  ['slowStart', { slowStart: { windowMs: 5000 } }],
  ['outliers', { outliers: { successRate: {}, failurePercentage: {} } }],
];
const ZONES: readonly (readonly [string, object])[] = [
  ['hints', { zone: { hints: true } }],
  ['no zone', { zone: { hints: false } }],
  ['preferZone', { zone: { preferZone: { spillAbove: 1000 } } }],
];
const HOST = { zone: 'a', seed: 7n };

/** Every selection of the stages, with every kind of zone. */
const COMBINATIONS = ZONES.flatMap(([zone, zoneConfig]) =>
  Array.from({ length: 2 ** STAGES.length }, (_, bits) => {
    const chosen = STAGES.filter((_stage, i) => (bits & (1 << i)) !== 0);
    return {
      name: [zone, ...chosen.map(([name]) => name)].join(' + '),
      stages: Object.assign({}, zoneConfig, ...chosen.map(([, config]) => config)) as object,
      ofZone: zone !== 'no zone',
    };
  }),
);
type Combination = (typeof COMBINATIONS)[number];

/** Twelve endpoints, of which each second is in the zone of the client and hinted at it. */
function endpoint(n: number, more: Partial<Candidate> = {}): Candidate {
  const zone = n % 2 === 0 ? 'a' : 'b';
  return candidate(n, { zone, forZones: [zone], ...more });
}

const endpoints = (count: number, weightOf: (n: number) => number = () => 1): Candidate[] =>
  Array.from({ length: count }, (_, n) => endpoint(n, { weight: weightOf(n) }));

const configOf = (policy: string, { stages }: Combination): object => ({
  pick: { [policy]: POLICIES[policy] },
  ...stages,
});

/** Those of the list that may be called: planned, and of the zone where that counts. */
function called(policy: string, keys: Iterable<string>, { ofZone }: Combination, list: readonly Candidate[]) {
  const planned = new Set(keys);
  const ours = list.filter(
    ({ key, zone }) => planned.has(key) && (!ofZone || policy === 'ringHash' || zone === 'a'),
  );
  // The subset may hold nobody of the zone.
  return ours.length > 0 ? ours : list.filter(({ key }) => planned.has(key));
}

describe.each(Object.keys(POLICIES))('%s', (policy) => {
  it.each(COMBINATIONS)('with $name gives shares in proportion to the weights at rest', (combination) => {
    const pipeline = createPipeline(parseConfig(configOf(policy, combination)), { ...hostOf(3), ...HOST });
    const list = endpoints(12, (n) => 1 + (n % 3));
    connectAll(pipeline, list);
    const { connect, lazy } = pipeline.update(list);
    for (const key of lazy) pipeline.connection(key, 'ready');
    const may = called(policy, [...connect, ...lazy], combination, list);
    const sum = may.reduce((total, { weight = 1 }) => total + weight, 0);
    const counts = tally(Array.from({ length: 6000 }, () => call(pipeline)));
    expect(counts.size).toBeLessThanOrEqual(may.length);
    for (const { key, weight = 1 } of may) {
      const share = (counts.get(key) ?? 0) / 6000;
      expect(Math.abs(share - weight / sum), key).toBeLessThan(0.02);
    }
  });

  it.each(COMBINATIONS)(
    'with $name connects to one more at most when one comes, and leaves one at most',
    (combination) => {
      const pipeline = createPipeline(parseConfig(configOf(policy, combination)), { ...hostOf(3), ...HOST });
      for (let n = 1; n < 20; n++) {
        const before = pipeline.update(endpoints(n));
        const after = pipeline.update(endpoints(n + 1));
        const [old, now] = [before, after].map(({ connect, lazy }) => new Set([...connect, ...lazy]));
        const came = [...(now ?? [])].filter((key) => !old?.has(key));
        const left = [...(old ?? [])].filter((key) => !now?.has(key));
        const most = policy === 'pickFirst' ? 1 : Number('subset' in combination.stages);
        expect(left.length).toBeLessThanOrEqual(n === 1 && combination.ofZone ? 1 : most);
        expect(came.length).toBeLessThanOrEqual(1);
      }
    },
  );
});

/** Calls of each endpoint in each second. */
function seconds(client: OneClient, count: number, callsPerSecond: number): Map<string, number>[] {
  return Array.from({ length: count }, () => {
    const before = new Map(client.counts);
    for (let i = 0; i < callsPerSecond; i++) client.step();
    return new Map([...client.counts].map(([key, calls]) => [key, calls - (before.get(key) ?? 0)]));
  });
}

/** The fewest calls that an endpoint got in ten seconds on end. */
function fewest(each: readonly Map<string, number>[], key: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + 10 <= each.length; at++) {
    const calls = each.slice(at, at + 10).reduce((sum, second) => sum + (second.get(key) ?? 0), 0);
    least = Math.min(least, calls);
  }
  return least;
}

const RATE = 100;
const SPREADING = Object.keys(POLICIES).filter((policy) => policy !== 'pickFirst');

describe.each(SPREADING)('over any ten seconds %s', (policy) => {
  it.each(COMBINATIONS)('with $name gives nobody less than half of its part', (combination) => {
    const list = endpoints(12);
    const client = new OneClient({
      config: configOf(policy, combination),
      list,
      everyMs: 1000 / RATE,
      host: HOST,
    });
    const may = called(policy, client.pipeline.update(list).pick.keys(), combination, list);
    const each = seconds(client, 12, RATE);
    for (const { key } of may) {
      expect(fewest(each, key), key).toBeGreaterThanOrEqual((0.5 * 10 * RATE) / may.length);
    }
  });

  it.each(COMBINATIONS)(
    'with $name leaves nobody out but who is ejected, while endpoints come and fail',
    (combination) => {
      const list = endpoints(10);
      const bad = endpoint(0).key;
      const client = new OneClient({
        config: configOf(policy, combination),
        list,
        everyMs: 1000 / RATE,
        host: HOST,
        outcome: (key) => (key === bad ? { code: 14 } : {}),
      });
      seconds(client, 1, RATE);
      const more = endpoints(12);
      client.update(more);
      const may = called(policy, client.pipeline.update(more).pick.keys(), combination, more);
      const each = seconds(client, 12, RATE);
      for (const { key } of may) if (key !== bad) expect(fewest(each, key), key).toBeGreaterThan(0);
    },
  );
});
