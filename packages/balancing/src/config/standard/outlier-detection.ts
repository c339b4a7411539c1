import { ConfigError } from '../../errors.js';
import { checkKeys, type Fields, readFields } from '../fields.js';
import { DAY_MS } from '../policies.js';
import { isPlainObject, show } from '../reader.js';
import { FAILURE_PERCENTAGE, SUCCESS_RATE } from '../stages.js';
import { readMessage } from './json-names.js';

/** gRFC A50. */
const FIELDS = {
  interval: { kind: 'duration', min: 100, max: DAY_MS, default: 10_000 },
  baseEjectionTime: { kind: 'duration', min: 0, max: DAY_MS, default: 30_000 },
  maxEjectionTime: { kind: 'duration', min: 0, max: DAY_MS, default: 300_000 },
  maxEjectionPercent: { kind: 'integer', min: 0, max: 100, default: 10 },
} as const satisfies Fields;
/** Its other fields. */
const MESSAGES = ['successRateEjection', 'failurePercentageEjection', 'childPolicy'];

/** Finds the `fairlead` config of the first child that can run; null: another policy of the host's. */
export type ReadChild = (list: readonly unknown[], path: string) => object | null;

function readChildPolicy(json: unknown, path: string, read: ReadChild): Record<string, unknown> | null {
  if (!Array.isArray(json) || json.length === 0) {
    const accepted = 'a list of policies like [{"round_robin": {}}]';
    throw new ConfigError('CONFIG_INVALID', path, `${show(json)} is not accepted: ${accepted}`);
  }
  const child = read(json, path);
  if (child === null) return null;
  const { outliers, pick } = { outliers: undefined, pick: undefined, ...child };
  if (outliers !== undefined) {
    throw new ConfigError('CONFIG_INVALID', path, 'the child detects outliers, too: only one of them may');
  }
  // gRFC A50 ejects subchannels of several; the only one of pick_first has nobody to stand in for it.
  if (isPlainObject(pick) && Object.hasOwn(pick, 'pickFirst')) {
    throw new ConfigError('CONFIG_INVALID', path, 'pick_first is not accepted: it has one endpoint only');
  }
  return { ...child };
}

/** The `fairlead` config of gRFC A50's policy; null: its child is none of ours. */
export function outlierDetection(json: unknown, path: string, read: ReadChild): object | null {
  const { successRateEjection, failurePercentageEjection, childPolicy, ...rest } = readMessage(json, path);
  checkKeys(rest, path, [...Object.keys(FIELDS), ...MESSAGES]);
  const said = readFields(rest, path, FIELDS);
  const rule = <F extends Fields>(rule: unknown, name: string, fields: F) =>
    rule === undefined
      ? undefined
      : readFields(readMessage(rule, `${path}.${name}`), `${path}.${name}`, fields);
  const successRate = rule(successRateEjection, 'successRateEjection', SUCCESS_RATE);
  const failurePercentage = rule(failurePercentageEjection, 'failurePercentageEjection', FAILURE_PERCENTAGE);
  const child = readChildPolicy(childPolicy, `${path}.childPolicy`, read);
  // gRFC A50: without either algorithm nothing is ejected.
  if (child === null || (successRate === undefined && failurePercentage === undefined)) return child;
  const outliers = {
    intervalMs: said.interval,
    baseEjectionMs: said.baseEjectionTime,
    maxEjectionMs: said.maxEjectionTime,
    maxEjectionPercent: said.maxEjectionPercent,
    ...(successRate === undefined ? {} : { successRate }),
    ...(failurePercentage === undefined ? {} : { failurePercentage }),
    // What is ours alone: the gRFC has neither fast paths nor panic.
    consecutiveFailures: 0,
    consecutiveTimeouts: 0,
    panicPercent: 0,
  };
  return { ...child, outliers };
}
