// Writes the endpoints of the two Services without a selector, as a controller of one's own would.
import { createKubeClient, KubeError, loadAccess } from '@fairlead/discovery/kubernetes';

const namespace = 'types';
const api = createKubeClient(loadAccess());
const core = (resource) => ({ group: '', version: 'v1', resource });
const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

const { items } = await api.list(core('pods'), {
  namespace,
  query: { labelSelector: 'set in (three, one)' },
});
const ips = items.map(({ status }) => status.podIP).sort();
const ports = [{ name: 'grpc', port: 8088, protocol: 'TCP' }];

const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'by-slice-1',
    labels: {
      'kubernetes.io/service-name': 'by-slice',
      'endpointslice.kubernetes.io/managed-by': 'examples.example.com',
    },
  },
  addressType: 'IPv4',
  ports,
  endpoints: ips.slice(0, 2).map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
};

// The EndpointSlice mirroring controller makes a slice of it: nothing else reads Endpoints.
const endpoints = {
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'by-endpoints' },
  subsets: [{ addresses: ips.slice(2).map((ip) => ({ ip })), ports }],
};

for (const [ref, object] of [
  [slices, slice],
  [core('endpoints'), endpoints],
]) {
  const { kind, metadata } = object;
  await api.create(ref, object, { namespace }).catch((error) => {
    if (!(error instanceof KubeError) || error.status !== 409) throw error;
    return api.update(ref, { ...object, metadata: { ...metadata, namespace } });
  });
  console.log(
    `${kind} ${metadata.name}: ${ips
      .slice(kind === 'Endpoints' ? 2 : 0)
      .slice(0, 2)
      .join(', ')}`,
  );
}
api.close();
