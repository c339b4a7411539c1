import { ConfigError } from '../errors.js';
import type { PickConfig, PipelineConfig } from './config.js';
import { checkName, type Names, readObject, show } from './reader.js';

/** Policies that this version has, by the name used inside `fairlead` configs. */
export const POLICY_NAMES = ['roundRobin', 'leastRequest'] as const;

const STAGES: Names = {
  kind: 'key',
  accepted: ['pick'],
  later: ['subset', 'zone', 'slowStart', 'outliers', 'panic'],
};

const POLICIES: Names = {
  kind: 'policy',
  accepted: POLICY_NAMES,
  later: ['loadAware', 'weightedRoundRobin', 'peakEwma', 'ringHash', 'pickFirst'],
};

/** gRFC A48: "choice_count … if not specified, defaults to 2". */
const DEFAULT_CHOICES = 2;
/** gRFC A48: "If choice_count < 2, the config will be rejected." */
const MIN_CHOICES = 2;
/** gRFC A48: values greater than 10 are treated as 10. */
const MAX_CHOICES = 10;

/**
 * Parses the JSON value of a `fairlead` config, completely: unknown keys, keys of later versions and values out of
 * range throw `ConfigError`. `{}` means least request with two choices.
 */
export function parseConfig(json: unknown): PipelineConfig {
  const stages = readObject(json, 'fairlead', 'an object like {"pick": {"leastRequest": {}}}');
  for (const key of Object.keys(stages)) checkName(key, 'fairlead', STAGES);
  return { pick: stages.pick === undefined ? policy('leastRequest', {}) : parsePick(stages.pick) };
}

/** The config of a plain policy name, with the policy's defaults. Throws `ConfigError` for any other name. */
export function policyConfig(name: string): PipelineConfig {
  checkName(name, 'fairlead.pick', POLICIES);
  return { pick: policy(name, {}) };
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
  return policy(name, policies[name]);
}

function policy(name: string, json: unknown): PickConfig {
  const path = `fairlead.pick.${name}`;
  const options = readObject(json, path, 'an object with the options of the policy, or {}');
  const accepted = name === 'leastRequest' ? ['choiceCount'] : [];
  for (const key of Object.keys(options)) checkName(key, path, { kind: 'key', accepted, later: [] });
  if (name !== 'leastRequest') return { policy: 'roundRobin' };
  return { policy: 'leastRequest', choiceCount: choiceCount(options.choiceCount, `${path}.choiceCount`) };
}

function choiceCount(value: unknown, path: string): number {
  if (value === undefined) return DEFAULT_CHOICES;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < MIN_CHOICES) {
    throw new ConfigError(
      'CONFIG_INVALID',
      path,
      `${show(value)} is not accepted: an integer from ${MIN_CHOICES} to ${MAX_CHOICES}`,
    );
  }
  return Math.min(value, MAX_CHOICES);
}
