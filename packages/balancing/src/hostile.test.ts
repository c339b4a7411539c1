import { describe, expect, it } from 'vitest';
import { candidate } from '../test/hosts.js';
import { OneClient } from '../test/one-client.js';
import type { LoadReport, Outcome } from './contract.js';

const POLICIES: readonly (readonly [string, object])[] = [
  ['roundRobin', {}],
  ['leastRequest', {}],
  ['loadAware', {}],
  ['weightedRoundRobin', { blackoutMs: 0 }],
  ['peakEwma', {}],
  ['ringHash', {}],
  ['pickFirst', {}],
];
const ENDPOINTS = 10;
const CALLS = 5_000;
const LIAR = candidate(0).key;

/** What one endpoint of ten does to the client, or what the client's clock does. */
interface Attack {
  readonly report?: LoadReport;
  readonly outcome?: Partial<Outcome>;
  readonly weight?: number;
  /** Added to the clock before the call of that number. */
  readonly jumps?: ReadonlyMap<number, number>;
}

const KEYS = Array.from({ length: ENDPOINTS }, (_, n) => candidate(n).key);

/** How many calls each of the endpoints got. */
function callsUnder(config: object, { report, outcome, weight, jumps }: Attack): OneClient {
  const list = KEYS.map((_, n) => candidate(n, n === 0 && weight !== undefined ? { weight } : {}));
  const client = new OneClient({
    config,
    list,
    report: (key, truth) => (key === LIAR ? (report ?? truth) : truth),
    outcome: (key) => (key === LIAR ? (outcome ?? {}) : {}),
  });
  for (let i = 0; i < CALLS; i++) client.step(jumps?.get(i));
  return client;
}

/** Each one's part of the calls that the liar did not get. */
function sharesOfOthers({ counts }: OneClient): number[] {
  const others = KEYS.filter((key) => key !== LIAR).map((key) => counts.get(key) ?? 0);
  const sum = others.reduce((total, count) => total + count, 0);
  return others.map((count) => (sum === 0 ? 0 : count / sum));
}

const figures = (value: number): LoadReport => ({
  requestsInFlight: value,
  latencyMs: value,
  rps: value,
  eps: value,
  cpuUtilization: value,
  applicationUtilization: value,
});

const NUMBERS = [
  Number.NaN,
  -1,
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
  0,
  1e9,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
];
const IDLE: LoadReport = { requestsInFlight: 0, latencyMs: 0, rps: 1e9, cpuUtilization: 1e-9 };
const HUGE: LoadReport = { requestsInFlight: 1e12, latencyMs: 1e12, rps: 1e-9, cpuUtilization: 1e12 };
const jump = (ms: number): Attack => ({ jumps: new Map([[CALLS / 2, ms]]) });

const ATTACKS: readonly (readonly [string, Attack])[] = [
  ...NUMBERS.map((value) => [`reports of ${value}`, { report: figures(value) }] as const),
  ['reports that say nothing', { report: {} }],
  ['a server that says it is idle, always', { report: IDLE }],
  ['a server that says it is overloaded, always', { report: HUGE }],
  ['calls that fail', { outcome: { code: 14 } }],
  ...NUMBERS.map((latencyMs) => [`latencies of ${latencyMs}`, { outcome: { latencyMs } }] as const),
  ...NUMBERS.map((code) => [`status codes of ${code}`, { outcome: { code } }] as const),
  ...NUMBERS.map((weight) => [`weights of ${weight}`, { weight }] as const),
  ['a clock that goes an hour forward', jump(3_600_000)],
  ['a clock that goes an hour back, so that reports are from the future', jump(-3_600_000)],
  ['a clock that goes on for thirty years', jump(1e12)],
  ['a clock that goes back to the beginning', jump(-1e9)],
  [
    'a clock that goes to and fro',
    { jumps: new Map(Array.from({ length: 100 }, (_, i) => [i * 100, i % 2 === 0 ? 5000 : -5000])) },
  ],
];
const STAGES = {
  subset: { size: ENDPOINTS },
  slowStart: { windowMs: 1000 },
  outliers: { successRate: { requestVolume: 10 }, failurePercentage: { requestVolume: 10 } },
};

describe.each(POLICIES)('under %s', (policy, options) => {
  const plain = { pick: { [policy]: options } };
  const whole = policy === 'pickFirst' ? plain : { ...plain, ...STAGES };
  const atPeace = new Map([plain, whole].map((config) => [config, sharesOfOthers(callsUnder(config, {}))]));

  it.each(ATTACKS)('%s: no share changes but that of the endpoint itself', (_what, attack) => {
    for (const [config, before] of atPeace) {
      const client = callsUnder(config, attack);
      const calls = CALLS - (client.counts.get(LIAR) ?? 0);
      // What chance does to a count of so many calls, and hardly ever more.
      const chance = 4.5 / Math.sqrt(calls / ENDPOINTS);
      for (const [i, share] of sharesOfOthers(client).entries()) {
        const was = before[i] ?? 0;
        expect(Math.abs(share - was)).toBeLessThanOrEqual(was * Math.max(0.05, chance));
      }
      const { nextWakeMs } = client.pipeline;
      expect(nextWakeMs === null || Number.isFinite(nextWakeMs)).toBe(true);
    }
  });
});

describe.each(POLICIES.filter(([policy]) => policy !== 'pickFirst'))(
  'by reports alone under %s',
  (policy, options) => {
    it('no server gets ten times the calls of another, or none', () => {
      for (const report of [IDLE, HUGE, ...NUMBERS.map(figures)]) {
        const { counts } = callsUnder({ pick: { [policy]: options } }, { report });
        const others = KEYS.filter((key) => key !== LIAR).map((key) => counts.get(key) ?? 0);
        expect(counts.get(LIAR) ?? 0).toBeLessThan(10.5 * Math.min(...others));
        expect(counts.get(LIAR) ?? 0).toBeGreaterThan(0);
      }
    });
  },
);

describe.each([
  ['loadAware', {}],
  ['weightedRoundRobin', { blackoutMs: 0 }],
])('by reports, where the client prefers its zone, under %s', (policy, options) => {
  it.each([
    ['in the zone', 0],
    ['elsewhere', 1],
  ])('one server %s sends few of the calls of others away', (_where, at) => {
    const list = KEYS.map((_, n) => candidate(n, { zone: n % 2 === 0 ? 'a' : 'b' }));
    for (const report of [IDLE, HUGE, ...NUMBERS.map(figures)]) {
      const client = new OneClient({
        config: { pick: { [policy]: options }, zone: { preferZone: true } },
        list,
        host: { zone: 'a' },
        report: (key, truth) => (key === KEYS[at] ? report : truth),
      });
      for (let i = 0; i < CALLS; i++) client.step();
      const calls = list.map(({ key }) => client.counts.get(key) ?? 0);
      const away = calls.filter((_count, n) => n % 2 === 1).reduce((sum, count) => sum + count, 0);
      expect(away / CALLS).toBeLessThan(0.4);
      const honest = calls.filter((_count, n) => n % 2 === 0 && n !== at);
      expect(Math.max(...honest) / Math.min(...honest)).toBeLessThan(1.25);
    }
  });
});
