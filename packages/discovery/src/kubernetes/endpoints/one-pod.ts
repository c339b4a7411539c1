import { noHostname, noPortOfEndpoints } from '../../absence.js';
import type { Absence } from '../../endpoint-set.js';
import type { Target } from '../../target.js';
import { knownPorts } from './port-rule.js';
import type { ParsedSlice, SliceEndpoint } from './slice.js';

/** The endpoints of a slice that a target means: all, or those of the one pod that it names. */
export function meantEndpoints({ hostname }: Target, { endpoints }: ParsedSlice): readonly SliceEndpoint[] {
  return hostname === undefined ? endpoints : endpoints.filter((each) => each.hostname === hostname);
}

/**
 * Why a target that names one pod has no endpoint. Undefined when it names none, or when its Service has no endpoints at
 * all.
 */
export function noSuchPod({ hostname, port }: Target, slices: readonly ParsedSlice[]): Absence | undefined {
  if (hostname === undefined || slices.every(({ endpoints }) => endpoints.length === 0)) return undefined;
  const own = slices.filter(({ endpoints }) => endpoints.some((each) => each.hostname === hostname));
  // The pod is there, in slices that do not have the port.
  if (own.length > 0) return noPortOfEndpoints(port, knownPorts(own));
  const names = slices.flatMap(({ endpoints }) => endpoints.flatMap((each) => each.hostname ?? []));
  return noHostname(hostname, [...new Set(names)].sort());
}
