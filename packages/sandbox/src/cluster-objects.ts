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
}
