import type { KubeletAddress } from './kubelet-client.js';
import { notFound } from './refusals.js';
import { ApiStatus } from './status.js';
import { at } from './storage/json.js';
import type { ClusterApi } from './store.js';

/** Where the agent of a node listens. Throws 404 without that node, 500 when the node does not say. */
export function agentAddress(cluster: Pick<ClusterApi, 'get'>, name: string): KubeletAddress {
  const node = cluster.get('nodes', undefined, name);
  if (!node) throw notFound({ kind: 'Node', resource: 'nodes', group: '' }, name);
  const addresses = at(node, 'status', 'addresses');
  const internal = Array.isArray(addresses)
    ? addresses.find((address) => at(address, 'type') === 'InternalIP')
    : undefined;
  const host = at(internal, 'address');
  const port = at(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  if (typeof host === 'string' && typeof port === 'number') return { host, port };
  throw new ApiStatus(
    500,
    'InternalError',
    `Internal error occurred: node "${name}" has no InternalIP or no status.daemonEndpoints.kubeletEndpoint.Port`,
  );
}
