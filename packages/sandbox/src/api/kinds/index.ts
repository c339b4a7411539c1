import type { KindInfo } from '../kinds.js';
import { AUTOSCALER_KINDS, AUTOSCALER_OLD_KINDS } from './autoscalers.js';
import { CORE_KINDS } from './core.js';
import { DAEMON_SET_KINDS } from './daemon-sets.js';
import { DISRUPTION_KINDS } from './disruption-budgets.js';
import { ENDPOINT_SLICE_KINDS } from './endpoint-slices.js';
import { ENDPOINTS_KINDS } from './endpoints.js';
import { EVENT_KINDS } from './events.js';
import { JOB_KINDS } from './jobs.js';
import { NODE_KINDS } from './nodes.js';
import { POD_KINDS } from './pods.js';
import { RBAC_KINDS } from './rbac.js';
import { REVIEW_KINDS } from './reviews.js';
import { SERVICE_KINDS } from './services.js';
import { conform } from './shape.js';
import { STATEFUL_SET_KINDS } from './stateful-sets.js';
import { WORKLOAD_KINDS } from './workloads.js';

export { strictFieldErrors } from './shape.js';

/** Every kind that this cluster serves, in the order of discovery. */
export const KINDS: readonly KindInfo[] = [
  ...CORE_KINDS,
  ...POD_KINDS,
  ...SERVICE_KINDS,
  ...ENDPOINTS_KINDS,
  ...NODE_KINDS,
  ...EVENT_KINDS,
  ...WORKLOAD_KINDS,
  ...STATEFUL_SET_KINDS,
  ...DAEMON_SET_KINDS,
  ...AUTOSCALER_KINDS,
  ...JOB_KINDS,
  ...ENDPOINT_SLICE_KINDS,
  ...DISRUPTION_KINDS,
  ...RBAC_KINDS,
  ...REVIEW_KINDS,
].map(withShape);

/** Every kind in every version, the stored one first. */
export const SERVED_KINDS: readonly KindInfo[] = [...KINDS, ...AUTOSCALER_OLD_KINDS];

const BY_RESOURCE = new Map(KINDS.map((info) => [info.resource, info]));

/** The kind with that plural name, or undefined. */
export function kindByResource(resource: string): KindInfo | undefined {
  return BY_RESOURCE.get(resource);
}

/** The kind of an object's `apiVersion` and `kind`, or undefined. */
export function kindByGroupVersionKind(group: string, version: string, kind: string): KindInfo | undefined {
  return KINDS.find((info) => info.kind === kind && info.group === group && info.version === version);
}

/** Defaults and validation rely on the types of what they read: a wrong one is refused (400) before either. */
function withShape(info: KindInfo): KindInfo {
  const { setDefaults } = info;
  return {
    ...info,
    setDefaults(object) {
      conform(info, object);
      setDefaults?.(object);
    },
  };
}
