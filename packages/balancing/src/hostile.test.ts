import { describe, expect, it } from 'vitest';
import { CONTEXT, candidate, hostOf, OK } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { LoadReport, Outcome, Pipeline, Slot } from './contract.js';
import { createPipeline } from './pipeline.js';

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

interface Flying {
  readonly slot: Slot;
  readonly endsMs: number;
}

/** One call a millisecond, each takes ten or so; the servers report what they have in flight. */
class World {
  readonly pipeline: Pipeline;
  readonly keys: readonly string[];
  readonly counts = new Map<string, number>();
  private readonly attack: Attack;
  private readonly inFlight = new Map<string, number>();
  private flying: Flying[] = [];
  private nowMs = 1e9;
  private passedMs = 0;
  private readonly random = hostOf(99).random;

  constructor(config: object, attack: Attack) {
    this.attack = attack;
    this.pipeline = createPipeline(parseConfig(config), { ...hostOf(5), now: () => this.nowMs });
    const list = Array.from({ length: ENDPOINTS }, (_, n) =>
      candidate(n, n === 0 && attack.weight !== undefined ? { weight: attack.weight } : {}),
    );
    this.keys = list.map(({ key }) => key);
    const plan = this.pipeline.update(list);
    for (const key of [...plan.connect, ...plan.lazy]) this.pipeline.connection(key, 'ready');
  }

  run(): this {
    for (let i = 0; i < CALLS; i++) {
      this.nowMs += 1 + (this.attack.jumps?.get(i) ?? 0);
      this.passedMs += 1;
      const { nextWakeMs } = this.pipeline;
      if (nextWakeMs !== null && nextWakeMs <= this.nowMs) this.pipeline.wake();
      this.end();
      if (i % 20 === 0) this.report();
      this.call();
    }
    return this;
  }

  private call(): void {
    const slot = this.pipeline.pick(CONTEXT);
    if (slot === null) throw new Error('nothing was picked');
    this.pipeline.started(slot);
    this.pipeline.endOfTurn();
    this.count(slot.key, 1);
    this.counts.set(slot.key, (this.counts.get(slot.key) ?? 0) + 1);
    this.flying.push({ slot, endsMs: this.passedMs + 5 + 10 * this.random() });
  }

  private end(): void {
    for (const { slot } of this.flying.filter(({ endsMs }) => endsMs <= this.passedMs)) {
      const lie = slot.key === LIAR ? this.attack.outcome : {};
      this.count(slot.key, -1);
      this.pipeline.ended(slot, { ...OK, latencyMs: 10, ...lie });
    }
    this.flying = this.flying.filter(({ endsMs }) => endsMs > this.passedMs);
  }

  private report(): void {
    for (const key of this.keys) {
      const requestsInFlight = this.inFlight.get(key) ?? 0;
      const honest = { requestsInFlight, latencyMs: 10, rps: 100, cpuUtilization: 0.5 };
      this.pipeline.report(key, (key === LIAR ? this.attack.report : undefined) ?? honest);
    }
  }

  private count(key: string, by: number): void {
    this.inFlight.set(key, (this.inFlight.get(key) ?? 0) + by);
  }
}

/** Each one's part of the calls that the liar did not get. */
function sharesOfOthers({ keys, counts }: World): number[] {
  const others = keys.filter((key) => key !== LIAR).map((key) => counts.get(key) ?? 0);
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
  const atPeace = new Map(
    [plain, whole].map((config) => [config, sharesOfOthers(new World(config, {}).run())]),
  );

  it.each(ATTACKS)('%s: no share changes but that of the endpoint itself', (_what, attack) => {
    for (const [config, before] of atPeace) {
      const world = new World(config, attack).run();
      const calls = CALLS - (world.counts.get(LIAR) ?? 0);
      // What chance does to a count of so many calls, and hardly ever more.
      const chance = 4.5 / Math.sqrt(calls / ENDPOINTS);
      for (const [i, share] of sharesOfOthers(world).entries()) {
        const was = before[i] ?? 0;
        expect(Math.abs(share - was)).toBeLessThanOrEqual(was * Math.max(0.05, chance));
      }
      const { nextWakeMs } = world.pipeline;
      expect(nextWakeMs === null || Number.isFinite(nextWakeMs)).toBe(true);
    }
  });
});

describe.each(POLICIES.filter(([policy]) => policy !== 'pickFirst'))(
  'by reports alone under %s',
  (policy, options) => {
    it('no server gets ten times the calls of another, or none', () => {
      for (const report of [IDLE, HUGE, ...NUMBERS.map(figures)]) {
        const { keys, counts } = new World({ pick: { [policy]: options } }, { report }).run();
        const others = keys.filter((key) => key !== LIAR).map((key) => counts.get(key) ?? 0);
        expect(counts.get(LIAR) ?? 0).toBeLessThan(10.5 * Math.min(...others));
        expect(counts.get(LIAR) ?? 0).toBeGreaterThan(0);
      }
    });
  },
);
