import {
  type Candidate,
  ConfigError,
  type ConnectionState,
  createPipeline,
  type OpenStream,
  type Pipeline,
  parseConfig,
  type Slot,
} from '@fairlead/balancing';
import { type Json, jsonForm, jsonValue } from '../forms/json.js';
import { read } from '../judge/refusal.js';
import { Dice } from '../random.js';
import { type FuzzTarget, hold } from '../target.js';

const CONFIG_REFUSALS = { documented: (error: unknown) => error instanceof ConfigError };
const STATES: readonly ConnectionState[] = ['idle', 'connecting', 'ready', 'failed'];
/** More than this says nothing new and takes long. */
const MOST_STEPS = 400;
const MOST_ENDPOINTS = 50;

type Object = { readonly [name: string]: unknown };

const object = (value: unknown): Object =>
  typeof value === 'object' && value !== null ? (value as Object) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** Any number, also one that JSON has no form for. */
const figure = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
const flag = (value: unknown, otherwise: boolean): boolean =>
  typeof value === 'boolean' ? value : otherwise;
const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 40) : String(figure(value));

function candidateOf(value: unknown): Candidate {
  const { key, uid, zone, weight, ready, serving, terminating } = object(value);
  return {
    key: text(key),
    ...(uid === undefined ? {} : { uid: text(uid) }),
    ...(zone === undefined ? {} : { zone: text(zone), forZones: [text(zone)] }),
    ...(weight === undefined ? {} : { weight: figure(weight) }),
    ready: flag(ready, true),
    serving: flag(serving, true),
    terminating: flag(terminating, false),
  };
}

/** A host that does to a pipeline what the input says, within what hosts may do. */
class Driver {
  nowMs = 1e9;
  private readonly pipeline: Pipeline;
  private keys = new Set<string>();
  private readonly calls: { readonly slot: Slot; readonly stream: OpenStream | undefined }[] = [];

  constructor(config: ReturnType<typeof parseConfig>) {
    const dice = new Dice(1);
    this.pipeline = createPipeline(config, {
      now: () => this.nowMs,
      random: () => dice.next(),
      zone: 'a',
      seed: 1n,
    });
  }

  step(value: unknown): void {
    const [what, first, second] = list(value);
    const key = [...this.keys][Math.trunc(Math.abs(figure(first))) % Math.max(1, this.keys.size)] ?? '';
    if (what === 'update') this.update(list(first));
    else if (what === 'connection') this.pipeline.connection(key, STATES[figure(second)] ?? 'ready');
    else if (what === 'report') this.report(key, object(second));
    else if (what === 'pick') this.pick(first, flag(second, false));
    else if (what === 'end') this.end(figure(first), figure(second));
    else if (what === 'time') this.pass(figure(first));
    else if (what === 'turn') this.pipeline.endOfTurn();
    else if (what === 'take') this.pipeline.takeMoves();
    const { nextWakeMs } = this.pipeline;
    hold(nextWakeMs === null || Number.isFinite(nextWakeMs), `it waits for ${nextWakeMs}`);
  }

  private update(given: readonly unknown[]): void {
    const candidates = given.slice(0, MOST_ENDPOINTS).map(candidateOf);
    this.keys = new Set(candidates.map(({ key }) => key));
    const plan = this.pipeline.update(candidates);
    for (const key of [...plan.connect, ...plan.lazy, ...plan.pick.keys()]) {
      hold(this.keys.has(key), `${key} is planned and not in the list`);
    }
    for (const worth of plan.pick.values()) hold(worth > 0 && Number.isFinite(worth), `a worth of ${worth}`);
    for (const key of plan.connect) this.pipeline.connection(key, 'ready');
  }

  private report(key: string, value: Object): void {
    this.pipeline.report(
      key,
      Object.fromEntries(Object.entries(value).map(([name, each]) => [name, figure(each)])),
    );
  }

  private pick(header: unknown, streaming: boolean): void {
    const slot = this.pipeline.pick({
      header: () => (header === undefined ? undefined : text(header)),
      streaming,
    });
    if (slot === null) return;
    hold(this.keys.has(slot.key), `${slot.key} is picked and not in the list`);
    const stream = streaming ? { movable: true } : undefined;
    this.pipeline.started(slot, stream);
    this.calls.push({ slot, stream });
  }

  private end(code: number, latencyMs: number): void {
    const call = this.calls.shift();
    if (call === undefined) return;
    this.pipeline.ended(call.slot, { code, latencyMs, streaming: call.stream !== undefined }, call.stream);
  }

  private pass(ms: number): void {
    if (Number.isFinite(ms)) this.nowMs += Math.min(Math.max(ms, -1e12), 1e12);
    this.pipeline.wake();
    for (const { worth, inFlight } of this.pipeline.inspect?.().endpoints ?? []) {
      hold(worth >= 0 && inFlight >= 0, `worth ${worth}, in flight ${inFlight}`);
    }
  }
}

function judge(json: Json): void {
  const { config, steps } = object(jsonValue(json));
  const parsed = read(CONFIG_REFUSALS, () => parseConfig(config));
  if (parsed === undefined) return;
  const driver = new Driver(parsed);
  for (const step of list(steps).slice(0, MOST_STEPS)) driver.step(step);
}

const THREE = [
  'update',
  [
    { key: 'a', weight: 2 },
    { key: 'b', uid: 'u', zone: 'a' },
    { key: 'c', zone: 'b' },
  ],
];
const REPORT = { requestsInFlight: 3, latencyMs: 2, cpuUtilization: 0.5, rps: 10, eps: 1 };
const CALLS: Json[] = [
  ['pick'],
  ['pick', 'user', true],
  ['end', 14, 3],
  ['pick'],
  ['turn'],
  ['end', 4, 'NaN'],
  ['end', 0, 1],
];
const STEPS: Json[] = [
  THREE,
  ...CALLS,
  ['report', 0, REPORT],
  ['report', 1, { ...REPORT, rps: 'Infinity' }],
  ['time', 100],
  ...CALLS,
  ['connection', 1, 3],
  ['time', -3_600_000],
  ...CALLS,
  [
    'update',
    [
      { key: 'b', uid: 'other', ready: false },
      { key: 'd', terminating: true },
    ],
  ],
  ['time', 60_000],
  ['take'],
  ...CALLS,
];
const STAGES: Json = {
  zone: { preferZone: { spillAbove: 1 } },
  subset: { size: 2 },
  slowStart: { windowMs: 1000 },
  outliers: { consecutiveFailures: 1, successRate: { requestVolume: 1, minimumHosts: 1 } },
};
const POLICIES: readonly Json[] = [
  { roundRobin: {} },
  { leastRequest: { choiceCount: 4 } },
  { loadAware: { reportMaxAgeMs: 200 } },
  { weightedRoundRobin: { blackoutMs: 0, outOfBand: true } },
  { peakEwma: { decayMs: 100 } },
  { ringHash: { header: 'x-user', minRingSize: 16, maxRingSize: 64, boundedLoad: 1.25 } },
  { pickFirst: { shuffle: false } },
];

/** Pipelines of every policy and stage, driven by a host that meets servers which do anything. */
export const pipelines: FuzzTarget<Json> = {
  name: 'pipelines',
  about:
    'configs with lists, connections, calls, load reports and clocks of any kind: picks are of the list, nothing throws',
  form: jsonForm([
    ...[
      'update',
      'connection',
      'report',
      'pick',
      'end',
      'time',
      'turn',
      'take',
      'weight',
      'uid',
      'zone',
      'ready',
    ],
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '1e308',
      '5e-324',
      'slowStart',
      'outliers',
      'subset',
      'zone',
      'streams',
    ],
  ]),
  seeds: () =>
    POLICIES.flatMap((pick): Json[] => [
      { config: { pick }, steps: STEPS },
      { config: { pick, ...(STAGES as object) }, steps: STEPS },
    ]),
  open: () => ({ check: judge }),
};
