import type { PickConfig } from './config.js';
import { type Fields, readFields } from './fields.js';

/** A day: what no time of a config exceeds, so that timers can hold every one. */
export const DAY_MS = 86_400_000;

/** gRFC A48: at least 2, at most 10, "defaults to 2"; greater values are treated as 10. */
export const CHOICE_COUNT = { kind: 'integer', min: 2, max: 10, default: 2, clamp: true } as const;

const LEAST_REQUEST = { choiceCount: CHOICE_COUNT } as const satisfies Fields;
/** Four choices: with two, a client among a hundred meets a busy server too often (`npm run simulate`). */
const LOAD_AWARE = {
  choiceCount: { ...CHOICE_COUNT, default: 4 },
  reportMaxAgeMs: { kind: 'integer', min: 100, max: DAY_MS, default: 1000 },
} as const satisfies Fields;
/** gRFC A58, its periods in ms. */
const WEIGHTED_ROUND_ROBIN = {
  outOfBand: { kind: 'boolean', default: false },
  outOfBandMs: { kind: 'integer', min: 100, max: DAY_MS, default: 10_000 },
  blackoutMs: { kind: 'integer', min: 0, max: DAY_MS, default: 10_000 },
  expirationMs: { kind: 'integer', min: 100, max: DAY_MS, default: 180_000 },
  updateMs: { kind: 'integer', min: 100, max: DAY_MS, default: 1000 },
  errorUtilizationPenalty: { kind: 'number', min: 0, max: 1e6, default: 1 },
} as const satisfies Fields;
/** Linkerd's: an unknown endpoint counts as 30 ms, the average decays with 10 s. */
const PEAK_EWMA = {
  choiceCount: CHOICE_COUNT,
  decayMs: { kind: 'integer', min: 1, max: DAY_MS, default: 10_000 },
  defaultLatencyMs: { kind: 'number', min: 0.001, max: 60_000, default: 30 },
} as const satisfies Fields;
/** What a client builds in a second. */
export const MAX_RING_SIZE = 65_536;
/** gRFC A42: 1024 to 4096 places. */
const RING_HASH = {
  header: { kind: 'header', default: null },
  minRingSize: { kind: 'integer', min: 1, max: MAX_RING_SIZE, default: 1024 },
  maxRingSize: { kind: 'integer', min: 1, max: MAX_RING_SIZE, default: 4096 },
  boundedLoad: { kind: 'optional', min: 1, max: 100, default: null },
} as const satisfies Fields;

/** gRFC A62 leaves the order of the resolver by default. A set of endpoints has none: all clients would meet at one pod. */
const PICK_FIRST = {
  shuffle: { kind: 'boolean', default: true },
} as const satisfies Fields;

type Reader = (json: unknown, path: string) => PickConfig;

/** How each policy's options are read. */
const READERS = {
  roundRobin: (json, path) => ({ policy: 'roundRobin', ...readFields(json, path, {}) }),
  leastRequest: (json, path) => ({ policy: 'leastRequest', ...readFields(json, path, LEAST_REQUEST) }),
  loadAware: (json, path) => ({ policy: 'loadAware', ...readFields(json, path, LOAD_AWARE) }),
  weightedRoundRobin: (json, path) => ({
    policy: 'weightedRoundRobin',
    ...readFields(json, path, WEIGHTED_ROUND_ROBIN),
  }),
  peakEwma: (json, path) => ({ policy: 'peakEwma', ...readFields(json, path, PEAK_EWMA) }),
  ringHash: (json, path) => {
    const options = readFields(json, path, RING_HASH);
    const maxRingSize = Math.max(options.maxRingSize, options.minRingSize);
    return { policy: 'ringHash', ...options, maxRingSize };
  },
  pickFirst: (json, path) => ({ policy: 'pickFirst', ...readFields(json, path, PICK_FIRST) }),
} as const satisfies Record<PickConfig['policy'], Reader>;

/** Policies by the name used inside `fairlead` configs. */
export const POLICY_NAMES = Object.keys(READERS) as readonly PickConfig['policy'][];

/** Reads the options of a policy; `name` is one of `POLICY_NAMES`. */
export function readPolicy(name: string, json: unknown, path: string): PickConfig {
  return READERS[name as PickConfig['policy']](json, path);
}
