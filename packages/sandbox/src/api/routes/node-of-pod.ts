import type { KubeObject } from '../../objects.js';
import { agentAddress } from '../agent-address.js';
import type { ResourceContext } from '../http/context.js';
import type { KubeletAddress } from '../kubelet-client.js';
import { badRequest } from '../refusals.js';
import { at } from '../storage/json.js';

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

/** As `agentAddress`, of the cluster that is asked. */
export function kubeletAddress({ services }: ResourceContext, name: string): KubeletAddress {
  return agentAddress(services.cluster, name);
}
