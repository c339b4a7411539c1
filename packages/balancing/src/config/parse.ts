import { ConfigError } from '../errors.js';
import type { PickConfig, PipelineConfig } from './config.js';
import { POLICY_NAMES, readPolicy } from './policies.js';
import { checkName, type Names, readObject, show } from './reader.js';
import { readOutliers, readSlowStart, readStreams, readSubset, readZone } from './stages.js';

const STAGES: Names = {
  kind: 'key',
  accepted: ['pick', 'zone', 'subset', 'slowStart', 'outliers', 'streams'],
};
const POLICIES: Names = { kind: 'policy', accepted: POLICY_NAMES };

/** What runs where nothing is said. */
const DEFAULT_POLICY = 'loadAware';

/**
 * Parses the JSON value of a `fairlead` config, completely: unknown keys and values out of
 * range throw `ConfigError`. `{}` means `loadAware`, which is least request with two choices while servers do not report.
 */
export function parseConfig(json: unknown): PipelineConfig {
  const stages = readObject(json, 'fairlead', 'an object like {"pick": {"leastRequest": {}}}');
  for (const key of Object.keys(stages)) checkName(key, 'fairlead', STAGES);
  return {
    pick: stages.pick === undefined ? readPolicy(DEFAULT_POLICY, {}, '') : parsePick(stages.pick),
    zone: readZone(stages.zone === undefined ? {} : stages.zone, 'fairlead.zone'),
    subset: optional(stages.subset, 'fairlead.subset', readSubset),
    slowStart: optional(stages.slowStart, 'fairlead.slowStart', readSlowStart),
    outliers: optional(stages.outliers, 'fairlead.outliers', readOutliers),
    streams: readStreams(stages.streams === undefined ? {} : stages.streams, 'fairlead.streams'),
  };
}

/** The config of a plain policy name, with the policy's defaults. Throws `ConfigError` for any other name. */
export function policyConfig(name: string): PipelineConfig {
  checkName(name, 'fairlead.pick', POLICIES);
  return parseConfig({ pick: { [name]: {} } });
}

function optional<T>(json: unknown, path: string, read: (json: unknown, path: string) => T): T | null {
  return json === undefined ? null : read(json, path);
}

function parsePick(json: unknown): PickConfig {
  const path = 'fairlead.pick';
  const policies = readObject(json, path, 'an object with one policy, like {"roundRobin": {}}');
  const names = Object.keys(policies);
  for (const name of names) checkName(name, path, POLICIES);
  const name = names[0];
  if (name === undefined || names.length > 1) {
    throw new ConfigError(
      'CONFIG_INVALID',
      path,
      `${show(json)} is not accepted: exactly one policy of ${POLICY_NAMES.join(', ')}`,
    );
  }
  return readPolicy(name, policies[name], `${path}.${name}`);
}
