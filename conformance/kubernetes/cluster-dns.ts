import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_DNS, DNS_HOST, KUBERNETES_SERVICE } from './addresses.js';
import type { ControlPlane } from './control-plane.js';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const NAMESPACE = 'kube-system';
const KNOWN_NAME = 'kubernetes.default.svc.cluster.local';

const corefile = (kubeconfig: string): string => `.:53 {
  bind ${CLUSTER_DNS} ${DNS_HOST}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
  }
}
`;

/** Starts CoreDNS where every cluster has it, at the Service `kube-dns`; resolves when it answers. */
export async function startClusterDns(plane: ControlPlane, binary: string, runDir: string): Promise<void> {
  const ports = ['UDP', 'TCP'].map((protocol) => ({ name: protocol.toLowerCase(), port: 53, protocol }));
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns' },
    spec: { clusterIP: CLUSTER_DNS, ports },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kube-dns', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
    addressType: 'IPv4',
    ports,
    endpoints: [{ addresses: [DNS_HOST], conditions: { ready: true } }],
  };
  await plane.client.create(SERVICES, service, { namespace: NAMESPACE });
  await plane.client.create(SLICES, slice, { namespace: NAMESPACE });
  const config = join(runDir, 'Corefile');
  writeFileSync(config, corefile(plane.credentials.kubeconfig), { mode: 0o600 });
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([CLUSTER_DNS]);
  await plane.startBeside('coredns', [binary, '-conf', config], async () =>
    (await resolver.resolve4(KNOWN_NAME)).includes(KUBERNETES_SERVICE),
  );
}
