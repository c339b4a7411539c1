import { isIPv4 } from 'node:net';
import type { ClusterStore } from './api/index.js';
import type { KubeObject } from './objects.js';

/** The API server as a Service: pods find it under `kubernetes.default`. */
export function publishApiServer(store: ClusterStore, host: string, port: number): void {
  const name = 'kubernetes';
  const namespace = 'default';
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }];
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  store.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { type: 'ClusterIP', ports },
  });
  const slice: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: isIPv4(host) ? 'IPv4' : 'IPv6',
    ports: [{ name: 'https', port, protocol: 'TCP' }],
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
  };
  store.create('endpointslices', slice);
  publishEndpoints(store, { name, namespace, host, ports: [{ name: 'https', port, protocol: 'TCP' }] });
}

/** The old form of a slice that stands already, so that nobody mirrors it. */
function publishEndpoints(
  store: ClusterStore,
  { name, namespace, host, ports }: { name: string; namespace: string; host: string; ports: object[] },
): void {
  store.create('endpoints', {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: host }], ports }],
  });
}

/**
 * The cluster DNS as the Service that every cluster has. Headless: its endpoint is reached by UDP too, which no virtual
 * IP of this cluster carries.
 */
export function publishDns(store: ClusterStore, host: string, port: number): void {
  const name = 'kube-dns';
  const namespace = 'kube-system';
  const ports = [
    { name: 'dns', protocol: 'UDP' },
    { name: 'dns-tcp', protocol: 'TCP' },
  ];
  store.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { 'k8s-app': 'kube-dns' } },
    spec: { clusterIP: 'None', ports: ports.map((each) => ({ ...each, port: 53, targetPort: port })) },
  });
  store.create('endpointslices', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace,
      labels: { 'kubernetes.io/service-name': name, 'service.kubernetes.io/headless': '' },
    },
    addressType: 'IPv4',
    ports: ports.map((each) => ({ ...each, port })),
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
  });
  publishEndpoints(store, { name, namespace, host, ports: ports.map((each) => ({ ...each, port })) });
}
