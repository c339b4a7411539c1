import { NAMESPACE } from '../../peers/cluster.js';
import type { Stage } from '../scene.js';

/** Addresses of the sandbox's own range that no node has. */
export function addresses({ cluster }: Stage, third: number, count: number): string[] {
  const network = cluster.sandbox.dns.split('.').slice(0, 2).join('.');
  return Array.from({ length: count }, (_, index) => `${network}.${third}.${index + 1}`);
}

/** A Service without pods, and an EndpointSlice with these addresses, as YAML. */
export const hostsManifest = (name: string, hosts: readonly string[]): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {clusterIP: None, ports: [{name: grpc, port: 8088}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}-1
  namespace: ${NAMESPACE}
  labels: {kubernetes.io/service-name: ${name}, endpointslice.kubernetes.io/managed-by: xds.fairlead.example}
addressType: IPv4
ports: [{name: grpc, port: 8088}]
endpoints:
${hosts.map((host) => `  - {addresses: [${host}], conditions: {ready: true}}`).join('\n')}
---`;
