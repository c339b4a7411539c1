import type { ServicePort, ServiceSpec } from '../kinds/service-types.js';
import type { FieldError } from '../kinds.js';

/** Hands out the node ports of Services; a port belongs to one Service, whatever its protocols. */
export interface NodePorts {
  /** A free port; throws when all are taken. */
  allocate(): number;
  /** Takes a named port; a string says why it cannot be had, in Kubernetes' words. */
  reserve(port: number): string | undefined;
  release(port: number): void;
}

const FIRST = 30_000;
const LAST = 32_767;
/** The first ports are left for Services that ask for a fixed one (KEP-3668). */
const RESERVED_AT_START = 86;

/** Allocates from 30000 to 32767, the range that the API server has by default; lowest free port first. */
export function createNodePorts(): NodePorts {
  const taken = new Set<number>();
  const size = LAST - FIRST + 1;
  let next = RESERVED_AT_START;
  return {
    allocate() {
      for (let i = 0; i < size; i++) {
        const offset = (next + i) % size;
        if (taken.has(FIRST + offset)) continue;
        taken.add(FIRST + offset);
        next = offset + 1;
        return FIRST + offset;
      }
      throw new RangeError('range is full');
    },
    reserve(port) {
      if (port < FIRST || port > LAST) {
        return `provided port is not in the valid range. The range of valid ports is ${FIRST}-${LAST}`;
      }
      if (taken.has(port)) return 'provided port is already allocated';
      taken.add(port);
      return undefined;
    },
    release(port) {
      taken.delete(port);
    },
  };
}

/** Whether a Service of this form has a port on every node. */
function needsNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort') return true;
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

/** Whether load balancers ask each node, on a port of its own, if it has endpoints. */
export function needsHealthCheckPort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** The node ports that a Service holds. */
export function nodePortsOf(spec: ServiceSpec | undefined): Set<number> {
  const held = new Set<number>();
  for (const { nodePort } of spec?.ports ?? []) if (nodePort) held.add(nodePort);
  if (spec?.healthCheckNodePort) held.add(spec.healthCheckNodePort);
  return held;
}

/** Ports of one number and two protocols share a node port, as DNS wants for TCP and UDP. */
function sibling(ports: readonly ServicePort[], { port, protocol }: ServicePort): number | undefined {
  return ports.find((other) => other.port === port && other.protocol !== protocol && other.nodePort)
    ?.nodePort;
}

/** What an allocation did: `undo` gives back what it took. */
export interface NodePortAllocation {
  readonly errors: readonly FieldError[];
  undo(): void;
}

/**
 * Fills in the node ports that a Service lacks and takes those that it names; ports in `held` are its own already.
 * With errors nothing stays taken.
 */
export function allocateNodePorts(
  spec: ServiceSpec,
  ports: NodePorts,
  held: ReadonlySet<number> = new Set(),
): NodePortAllocation {
  const took = new Set<number>();
  const undo = (): void => {
    for (const port of took) ports.release(port);
    took.clear();
  };
  const errors: FieldError[] = [];
  const reserve = (field: string, port: number): void => {
    if (held.has(port) || took.has(port)) return;
    const why = ports.reserve(port);
    if (why === undefined) took.add(port);
    else errors.push({ field, reason: 'FieldValueInvalid', message: `Invalid value: ${port}: ${why}` });
  };
  const allocate = (): number => {
    const port = ports.allocate();
    took.add(port);
    return port;
  };
  const list = spec.ports ?? [];
  for (const [index, { nodePort }] of list.entries()) {
    if (nodePort) reserve(`spec.ports[${index}].nodePort`, nodePort);
  }
  if (spec.healthCheckNodePort) reserve('spec.healthCheckNodePort', spec.healthCheckNodePort);
  if (errors.length > 0) {
    undo();
    return { errors, undo };
  }
  if (needsNodePorts(spec)) for (const port of list) port.nodePort ||= sibling(list, port) ?? allocate();
  if (needsHealthCheckPort(spec)) spec.healthCheckNodePort ||= allocate();
  return { errors, undo };
}

/** An update that leaves out node ports keeps those there are, port by port. */
export function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsNodePorts(spec) && needsNodePorts(old)) {
    const named = nodePortsOf(spec);
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      // The update has no defaults yet.
      const protocol = port.protocol || 'TCP';
      const before = old.ports?.find((each) => each.port === port.port && each.protocol === protocol);
      if (before?.nodePort && !named.has(before.nodePort)) port.nodePort = before.nodePort;
    }
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old)) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/**
 * A change of type takes along what only the old type had, as far as the user did not change it meanwhile: so
 * `kubectl patch` of `type` alone is enough.
 */
export function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  const same = (a: ServicePort[] = [], b: ServicePort[] = []): boolean =>
    a.length === b.length && a.every(({ nodePort }, index) => nodePort === b[index]?.nodePort);
  if (needsNodePorts(old) && !needsNodePorts(spec) && same(spec.ports, old.ports)) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  const gone = (wasNeeded: boolean, isNeeded: boolean, field: keyof ServiceSpec): void => {
    if (wasNeeded && !isNeeded && spec[field] === old[field]) delete spec[field];
  };
  gone(needsHealthCheckPort(old), needsHealthCheckPort(spec), 'healthCheckNodePort');
  const balanced = (each: ServiceSpec): boolean => each.type === 'LoadBalancer';
  gone(balanced(old), balanced(spec), 'allocateLoadBalancerNodePorts');
  gone(balanced(old), balanced(spec), 'loadBalancerClass');
  gone(isExternal(old), isExternal(spec), 'externalTrafficPolicy');
}

/** Whether clients outside of the cluster are meant to reach the Service. */
export function isExternal(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
}
