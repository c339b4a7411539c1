import type { ServiceView } from '../cluster-view/cluster-view.js';
import { type Backend, type Candidate, clusterBackends, localBackends } from './backends.js';
import type { ClientPlace, NodePlace } from './place.js';

/** An address on which a Service is reached: its cluster IP, a node's port, an address of a load balancer. */
export interface Frontend {
  readonly host: string;
  readonly port: number;
  /** Name of the Service port: slices are matched by it. */
  readonly portName: string;
  /** Which backends a client from that place may be given. */
  choices(all: readonly Candidate[], from: ClientPlace): readonly Backend[];
}

const CLUSTER: Frontend['choices'] = (all, { node }) => clusterBackends(all, node);
const LOCAL: Frontend['choices'] = (all, { node }) => localBackends(all, node);

/** A node's port under `externalTrafficPolicy: Local` leads to that node's pods; pods themselves are not external. */
function nodeLocal(node: NodePlace): Frontend['choices'] {
  return (all, from) => (from.isPod ? clusterBackends(all, from.node) : localBackends(all, node));
}

/**
 * A load balancer shares its connections among nodes. Under the policy `Local` only those with a pod take part, each
 * with the same share however many pods it has: so pods on crowded nodes get less.
 */
function balanced(nodes: readonly NodePlace[], random: () => number): Frontend['choices'] {
  return (all, from) => {
    if (from.isPod) return clusterBackends(all, from.node);
    const healthy = nodes.map((node) => localBackends(all, node)).filter((local) => local.length > 0);
    return healthy[Math.floor(random() * healthy.length)] ?? [];
  };
}

interface Surroundings {
  readonly nodes: readonly NodePlace[];
  readonly random: () => number;
}

/** All addresses of a Service; none of a headless one. UDP and SCTP ports are left out. */
export function frontendsOf(service: ServiceView, { nodes, random }: Surroundings): Frontend[] {
  if (service.headless) return [];
  const internal = service.internalLocal ? LOCAL : CLUSTER;
  const external = service.externalLocal ? balanced(nodes, random) : CLUSTER;
  return service.ports.flatMap(({ name: portName, protocol, port, nodePort }) => {
    if (protocol !== 'tcp' || port === undefined) return [];
    const found = service.clusterIps.map((host) => ({ host, port, portName, choices: internal }));
    for (const host of service.balancerIps) found.push({ host, port, portName, choices: external });
    if (nodePort === undefined) return found;
    for (const node of nodes) {
      const choices = service.externalLocal ? nodeLocal(node) : CLUSTER;
      found.push({ host: node.address, port: nodePort, portName, choices });
    }
    return found;
  });
}
