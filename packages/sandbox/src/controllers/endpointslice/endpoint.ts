import { isIPv4 } from 'node:net';
import { equalJson } from '../../api/storage/json.js';
import type {
  EndpointPort,
  NodeObject,
  PodObject,
  ServiceObject,
  ServicePort,
  SliceEndpoint,
} from '../objects.js';
import { isPodReady, isPodTerminal } from '../pod.js';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Whether a pod is an endpoint at all: it has an address and has not ended. Terminating pods are. */
export function hasEndpoint(pod: PodObject): boolean {
  return !isPodTerminal(pod) && podIps(pod).length > 0;
}

/** The endpoint of a pod; undefined when it has no IPv4 address. All three conditions are always explicit. */
export function podToEndpoint(
  pod: PodObject,
  service: ServiceObject,
  node: NodeObject | undefined,
): SliceEndpoint | undefined {
  const address = podIpv4(pod);
  if (!address) return undefined;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { namespace = '', name, uid = '' } = pod.metadata;
  const { nodeName } = pod.spec;
  const zone = node?.metadata.labels?.[ZONE_LABEL];
  const hostname = hostnameIn(service, pod);
  return {
    addresses: [address],
    conditions: {
      // Terminating pods are never ready, unless the Service wants even unready addresses.
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** The name under which DNS knows a pod below this Service, if it says that it is its subdomain. */
export function hostnameIn({ metadata }: ServiceObject, pod: PodObject): string | undefined {
  const { hostname, subdomain } = pod.spec;
  const named = subdomain === metadata.name && pod.metadata.namespace === metadata.namespace;
  return named && hostname ? hostname : undefined;
}

/** The ports of a Service as this pod serves them; a named port that the pod lacks is left out. */
export function endpointPorts(service: ServiceObject, pod: PodObject): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of service.spec.ports ?? []) {
    const port = targetPort(pod, servicePort);
    if (port === undefined) continue;
    ports.push({
      name: servicePort.name ?? '',
      protocol: servicePort.protocol ?? 'TCP',
      port,
      ...(servicePort.appProtocol === undefined ? {} : { appProtocol: servicePort.appProtocol }),
    });
  }
  return ports;
}

function targetPort(pod: PodObject, servicePort: ServicePort): number | undefined {
  const target = servicePort.targetPort ?? servicePort.port;
  if (typeof target === 'number') return target === 0 ? servicePort.port : target;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const { name, containerPort, protocol = 'TCP' } of container.ports ?? []) {
      if (name === target && protocol === (servicePort.protocol ?? 'TCP')) return containerPort;
    }
  }
  return undefined;
}

/** Equal for equal sets of ports, whatever their order: pods are grouped by it. */
export function portMapKey(ports: readonly EndpointPort[] | null): string {
  return (ports ?? [])
    .map(({ name, protocol, port, appProtocol }) =>
      JSON.stringify([name, protocol, port, appProtocol ?? null]),
    )
    .sort()
    .join();
}

/** Identity of an endpoint within a Service: addresses, hostname and the pod's name. */
export function endpointKey(endpoint: SliceEndpoint): string {
  const { addresses, hostname, targetRef } = endpoint;
  return JSON.stringify([
    [...addresses].sort(),
    hostname ?? '',
    targetRef?.namespace ?? '',
    targetRef?.name ?? '',
  ]);
}

/** Whether two endpoints of equal identity say the same; hints are decided later and do not count. */
export function sameEndpoint(a: SliceEndpoint, b: SliceEndpoint): boolean {
  return (
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    equalJson(a.conditions, b.conditions) &&
    equalJson(a.targetRef, b.targetRef)
  );
}

/** The pod's IPv4 address, the only family of this cluster. */
export function podIpv4(pod: PodObject): string | undefined {
  return podIps(pod).find((ip) => isIPv4(ip));
}

function podIps(pod: PodObject): string[] {
  const { podIPs, podIP } = pod.status ?? {};
  const ips = (podIPs ?? []).map(({ ip }) => ip);
  if (ips.length === 0 && podIP) ips.push(podIP);
  return ips.filter((ip) => ip !== '');
}
