import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { translateEndpoints, translateListener, translateTarget } from '../../src/translate/translate.js';
import { endpoint } from './endpoints.js';

/** Puts a target with endpoints at these hosts into a snapshot, with all that a client asks for. */
export function putTarget(snapshot: Snapshot, name: string, ...hosts: readonly string[]): void {
  snapshot.update([
    ...translateListener(name, name).resources,
    ...translateTarget(name).resources,
    ...endpointsOf(name, ...hosts),
  ]);
}

/** The endpoints of a target, as the snapshot takes them. */
export function endpointsOf(name: string, ...hosts: readonly string[]) {
  return translateEndpoints(name, { endpoints: hosts.map((host) => endpoint(host)) }).resources;
}

/** Another cluster under the same name, as a later policy would make it. */
export function changedCluster(name: string) {
  const [cluster] = translateTarget(name).resources.filter(({ type }) => type === 'cluster');
  // alt_stat_name, field 28, which nobody reads.
  return {
    type: 'cluster',
    name,
    bytes: Buffer.concat([cluster!.bytes, Buffer.from([0xe2, 1, 1, 0x78])]),
  } as const;
}
