import type { KubeObject } from '../../objects.js';
import type { ResourceContext } from '../http/context.js';
import type { KubeletAddress } from '../kubelet-client.js';
import { badRequest, notFound } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import type { ClusterApi } from '../store.js';

/** The container that a request names; without a name the only one. Throws 400 in upstream's words. */
export function containerOf(pod: KubeObject, asked: string | null): string {
  const { name } = pod.metadata;
  const main = namesIn(pod, 'containers');
  const init = namesIn(pod, 'initContainers');
  if (asked) {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (main.length === 1) return main[0]!;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`,
  );
}

function namesIn(pod: KubeObject, list: 'containers' | 'initContainers'): string[] {
  const containers = at(pod, 'spec', list);
  return Array.isArray(containers) ? containers.map((container) => String(at(container, 'name'))) : [];
}

/** Where the agent of a node listens. Throws 404 without that node, 500 when the node does not say. */
export function kubeletAddress({ services }: ResourceContext, name: string): KubeletAddress {
  return agentAddress(services.cluster, name);
}

/** As `kubeletAddress`, for what is no request. */
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
