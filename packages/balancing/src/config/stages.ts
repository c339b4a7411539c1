import type {
  OutlierConfig,
  PreferZoneConfig,
  SlowStartConfig,
  StreamsConfig,
  SubsetConfig,
  ZoneConfig,
} from './config.js';
import { checkKeys, type Fields, readFields } from './fields.js';
import { DAY_MS } from './policies.js';
import { readObject } from './reader.js';

/** As kube-proxy: a Service that asks for it gets it. */
const ZONE = {
  hints: { kind: 'boolean', default: true },
} as const satisfies Fields;

/** Linkerd's upper end of the load of a zone: two calls in flight for each endpoint. */
const PREFER_ZONE = {
  spillAbove: { kind: 'number', min: 0, max: 1e6, default: 2 },
} as const satisfies Fields;

/** As many clients as there are must not all come to a new endpoint at once: 10 s as slow start has. */
const STREAMS = {
  thresholdPercent: { kind: 'number', min: 0, max: 1000, default: 25 },
  minStreams: { kind: 'integer', min: 1, max: 1e9, default: 2 },
  spreadMs: { kind: 'integer', min: 0, max: DAY_MS, default: 10_000 },
} as const satisfies Fields;

const SUBSET = {
  size: { kind: 'integer', min: 1, max: 100_000, default: 20 },
} as const satisfies Fields;

/** Envoy's: a share of 10 % at first, growing evenly. */
const SLOW_START = {
  windowMs: { kind: 'integer', min: 100, max: DAY_MS, default: 10_000 },
  aggression: { kind: 'number', min: 0.01, max: 100, default: 1 },
  minShare: { kind: 'number', min: 0.001, max: 1, default: 0.1 },
} as const satisfies Fields;

const percent = (value: number) => ({ kind: 'integer', min: 0, max: 100, default: value }) as const;
const count = (value: number) => ({ kind: 'integer', min: 0, max: 1e9, default: value }) as const;

/** gRFC A50, its durations in ms. */
const OUTLIERS = {
  intervalMs: { kind: 'integer', min: 100, max: DAY_MS, default: 10_000 },
  baseEjectionMs: { kind: 'integer', min: 0, max: DAY_MS, default: 30_000 },
  maxEjectionMs: { kind: 'integer', min: 0, max: DAY_MS, default: 300_000 },
  maxEjectionPercent: percent(10),
  consecutiveFailures: count(5),
  consecutiveTimeouts: count(5),
  panicPercent: percent(50),
} as const satisfies Fields;
/** The fields of the two algorithms, which are those of gRFC A50. */
export const SUCCESS_RATE = {
  stdevFactor: count(1900),
  enforcementPercentage: percent(100),
  minimumHosts: count(5),
  requestVolume: count(100),
} as const satisfies Fields;
export const FAILURE_PERCENTAGE = {
  threshold: percent(85),
  enforcementPercentage: percent(100),
  minimumHosts: count(5),
  requestVolume: count(50),
} as const satisfies Fields;

export function readZone(json: unknown, path: string): ZoneConfig {
  const { preferZone = false, ...rest } = readObject(json, path, 'an object with options, or {}');
  checkKeys(rest, path, [...Object.keys(ZONE), 'preferZone']);
  return {
    ...readFields(rest, path, ZONE),
    preferZone: preferZone === false ? null : readPreferZone(preferZone, `${path}.preferZone`),
  };
}

function readPreferZone(json: unknown, path: string): PreferZoneConfig {
  const options = json === true ? {} : readObject(json, path, 'true, false, or an object with options');
  return readFields(options, path, PREFER_ZONE);
}

export function readStreams(json: unknown, path: string): StreamsConfig {
  return readFields(json, path, STREAMS);
}

export function readSubset(json: unknown, path: string): SubsetConfig {
  return readFields(json, path, SUBSET);
}

export function readSlowStart(json: unknown, path: string): SlowStartConfig {
  return readFields(json, path, SLOW_START);
}

/** `successRate` and `failurePercentage` are on when they are there, as in gRFC A50. */
export function readOutliers(json: unknown, path: string): OutlierConfig {
  const { successRate, failurePercentage, ...rest } = readObject(json, path, 'an object with options, or {}');
  checkKeys(rest, path, [...Object.keys(OUTLIERS), 'successRate', 'failurePercentage']);
  return {
    ...readFields(rest, path, OUTLIERS),
    successRate:
      successRate === undefined ? null : readFields(successRate, `${path}.successRate`, SUCCESS_RATE),
    failurePercentage:
      failurePercentage === undefined
        ? null
        : readFields(failurePercentage, `${path}.failurePercentage`, FAILURE_PERCENTAGE),
  };
}
