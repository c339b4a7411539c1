import type { KubeObject } from '@fairlead/discovery/kubernetes';
import type { Random } from '../go/random.js';

/** Objects that both servers answer from. */
export interface World {
  readonly namespaces: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
}

/** Namespaces of the objects. */
export const NAMESPACES = ['dns-a', 'dns-b'];
export const ZONE = 'cluster.local';

/** One family for a crowd, for the same reason as the length of its addresses. */
const CROWD_FAMILY: Readonly<Record<string, string>> = { 'dns-a': 'IPv4', 'dns-b': 'IPv6' };
const PORT_NAMES = ['grpc', 'http', 'metrics', 'a-long-port-nam'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const HOSTNAMES = ['db-0', 'db-1', 'www', '10-1-2-3', 'x'];

function servicePorts(random: Random): object[] {
  if (random.percent(30)) return [{ port: 80 + random.below(1000) }];
  return random.times(1 + random.below(3), (index) => ({
    name: PORT_NAMES[index],
    port: 1000 + index * 100 + random.below(100),
    protocol: random.pick(PROTOCOLS),
  }));
}

function service(name: string, namespace: string, spec: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ...spec } };
}

/** Aliases: to the outside, to a Service, to nothing, to each other, to themselves, and an address in place of a name. */
function externalNames(namespace: string): KubeObject[] {
  const external = (name: string, externalName: string): KubeObject =>
    service(name, namespace, { type: 'ExternalName', externalName });
  const inZone = (name: string): string => `${name}.${namespace}.svc.${ZONE}`;
  return [
    external('out', 'example.com'),
    external('out-dot', 'example.com.'),
    external('to-vip', inZone('vip-0')),
    external('to-vip-dot', `${inZone('vip-0')}.`),
    external('to-headless', inZone('headless-0')),
    external('to-endpoint', `db-0.${inZone('headless-0')}`),
    external('to-nobody', inZone('nobody')),
    external('to-out', inZone('out')),
    external('to-self', inZone('to-self')),
    external('ping', inZone('pong')),
    external('pong', inZone('ping')),
    external('to-apex', ZONE),
    external('to-namespace', `${namespace}.svc.${ZONE}`),
    ...Array.from({ length: 14 }, (_, index) =>
      external(`chain-${index}`, inZone(index === 0 ? 'vip-0' : `chain-${index - 1}`)),
    ),
    external('address', '10.9.8.7'),
  ];
}

/** Services of one namespace; slices are made by hand, so that they hold what no controller would write. */
export function randomServices(random: Random, namespace: string): KubeObject[] {
  const made = [
    ...random.times(8, (index) => service(`vip-${index}`, namespace, { ports: servicePorts(random) })),
    ...random.times(14, (index) =>
      service(`headless-${index}`, namespace, {
        clusterIP: 'None',
        ...(random.percent(75) ? { ports: servicePorts(random) } : {}),
      }),
    ),
    service('crowd', namespace, { clusterIP: 'None', ports: [{ name: 'grpc', port: 80 }] }),
    service('mob', namespace, { clusterIP: 'None', ports: [{ name: 'grpc', port: 80 }] }),
    service('nothing', namespace, { clusterIP: 'None', ports: [{ name: 'grpc', port: 80 }] }),
  ];
  return [...made, ...externalNames(namespace)];
}

/** Addresses of a crowd have one length, so that servers cut their answers at the same number. */
function address(random: Random, family: string, crowd: boolean): string {
  const n = random.below(crowd ? 12_000 : 60);
  if (crowd)
    return family === 'IPv4'
      ? `10.20.${100 + (n >> 7)}.${100 + (n & 127)}`
      : `fd00::${(0x1000 + n).toString(16)}`;
  if (family === 'IPv4') return `10.20.0.${n + 1}`;
  return random.percent(15) ? `fd00:${n.toString(16)}::` : `fd00::${(n + 1).toString(16)}`;
}

function endpoint(random: Random, family: string, crowd: boolean): object {
  const ready = random.pick([true, true, true, false, undefined]);
  const serving = random.pick([true, false, undefined]);
  const terminating = random.pick([false, false, true, undefined]);
  return {
    addresses: random.times(random.percent(8) ? 2 : 1, () => address(random, family, crowd)),
    conditions: {
      ...(ready === undefined ? {} : { ready }),
      ...(serving === undefined ? {} : { serving }),
      ...(terminating === undefined ? {} : { terminating }),
    },
    ...(!crowd && random.percent(35) ? { hostname: random.pick(HOSTNAMES) } : {}),
    ...(random.percent(60)
      ? { targetRef: { kind: 'Pod', name: `pod-${random.below(1000)}`, namespace: NAMESPACES[0] } }
      : {}),
  };
}

function slicePorts(random: Random): object[] {
  if (random.percent(20)) return [];
  if (random.percent(25)) return [{ port: 8000 + random.below(3) }];
  return random.times(1 + random.below(3), (index) => ({
    name: PORT_NAMES[index],
    ...(random.percent(90) ? { port: 8080 + index } : {}),
    ...(random.percent(70) ? { protocol: random.pick(PROTOCOLS) } : {}),
  }));
}

/** A slice of a Service (or of a name that is none), with 0 to 6 endpoints, or with `count`. */
export function randomSlice(
  random: Random,
  { name, namespace, of, count }: { name: string; namespace: string; of: string; count?: number },
): KubeObject {
  const crowd = count !== undefined;
  const mixed = random.percent(70) ? 'IPv4' : 'IPv6';
  const addressType = crowd ? CROWD_FAMILY[namespace]! : mixed;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': of } },
    addressType,
    endpoints: random.times(count ?? random.below(7), () => endpoint(random, addressType, crowd)),
    ports: crowd ? [{ name: 'grpc', port: 8080, protocol: 'TCP' }] : slicePorts(random),
  };
}

function slicesOf(random: Random, namespace: string, of: string): KubeObject[] {
  if (of === 'nothing') return [];
  const sizes: Readonly<Record<string, readonly number[]>> = { crowd: [60], mob: [100, 100, 300] };
  const counts = sizes[of] ?? random.times(random.below(4), () => undefined);
  return counts.map((count, index) =>
    randomSlice(random, {
      name: `${of}-${index}`,
      namespace,
      of,
      ...(count === undefined ? {} : { count }),
    }),
  );
}

/** A random world: two namespaces of Services of every kind, with their slices and slices of nobody. */
export function randomWorld(random: Random): World {
  const services = NAMESPACES.flatMap((namespace) => randomServices(random, namespace));
  const slices = services
    .filter(({ spec }) => (spec as { type?: string }).type !== 'ExternalName')
    .flatMap(({ metadata }) => slicesOf(random, metadata.namespace ?? '', metadata.name ?? ''));
  const orphan = randomSlice(random, { name: 'orphan', namespace: 'dns-a', of: 'nobody' });
  return {
    namespaces: NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    services,
    slices: [...slices, orphan],
  };
}
