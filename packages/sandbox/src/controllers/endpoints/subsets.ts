import { endpointPorts, hasEndpoint, hostnameIn, podIpv4, portMapKey } from '../endpointslice/endpoint.js';
import type { EndpointAddress, EndpointSubset, PodObject, ServiceObject, SubsetPort } from '../objects.js';
import { isPodReady } from '../pod.js';
import { packSubsets } from './packing.js';

/** The subsets of a Service with these pods (upstream's endpoints controller), all of them. */
export function subsetsOf(service: ServiceObject, pods: readonly PodObject[]): EndpointSubset[] {
  const { ports: wanted = [], publishNotReadyAddresses = false } = service.spec;
  const groups = new Map<string, Required<EndpointSubset>>();
  for (const pod of pods) {
    const ip = podIpv4(pod);
    // Unlike slices, Endpoints do not know terminating addresses.
    if (!ip || !hasEndpoint(pod) || (pod.metadata.deletionTimestamp && !publishNotReadyAddresses)) continue;
    const ports = endpointPorts(service, pod);
    // A pod that has none of the ports is none of the endpoints; a Service without ports has all pods.
    if (ports.length === 0 && wanted.length > 0) continue;
    const key = portMapKey(ports);
    const group = groups.get(key) ?? { addresses: [], notReadyAddresses: [], ports: ports.map(subsetPort) };
    groups.set(key, group);
    const ready = publishNotReadyAddresses || isPodReady(pod);
    (ready ? group.addresses : group.notReadyAddresses).push(addressOf(pod, ip, service));
  }
  return packSubsets([...groups.values()]);
}

function addressOf(pod: PodObject, ip: string, service: ServiceObject): EndpointAddress {
  const { namespace = '', name, uid = '' } = pod.metadata;
  const { nodeName } = pod.spec;
  const hostname = hostnameIn(service, pod);
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function subsetPort({ name, port, protocol, appProtocol }: SubsetPort): SubsetPort {
  return { ...(name ? { name } : {}), port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) };
}
