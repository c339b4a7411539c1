import type { PipelineConfig } from '../config/config.js';
import { createPolicy } from '../pick/create-policy.js';
import type { PickPolicy, PolicyHost } from '../pick/policy.js';
import { PreferZone } from './prefer-zone.js';

export interface ZonedPolicyHost extends PolicyHost {
  /** The zone of the client, if it is known. */
  readonly zone?: string | undefined;
}

/**
 * The policy of a config: one for the endpoints of the client's zone and one for the others where `preferZone` says so.
 * Of a lazy policy keys belong to endpoints, whatever their zone; of `pickFirst` the selection knows the zone.
 */
export function createZonedPolicy({ pick, zone: config }: PipelineConfig, host: ZonedPolicyHost): PickPolicy {
  const near = createPolicy(pick, host);
  const { zone } = host;
  const { preferZone } = config;
  if (preferZone === null || zone === undefined || near.lazy === true || pick.policy === 'pickFirst') {
    return near;
  }
  return new PreferZone({ ...preferZone, zone, near, far: createPolicy(pick, host) }, host);
}
