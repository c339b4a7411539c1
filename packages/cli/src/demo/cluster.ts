import { Resolver } from 'node:dns/promises';
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import {
  applyManifest,
  type ManifestApi,
  type SandboxFaults,
  type KubeObject as SandboxObject,
  startSandbox,
} from '@fairlead/sandbox';
import { NAMESPACE } from './names.js';

/** Where the cluster DNS answers (`IP:PORT`), or why it does not. */
export type ClusterDns = { readonly server: string } | { readonly missing: string };

/** The cluster that the story is told on. */
export interface DemoCluster {
  readonly kubeconfig: string;
  readonly dns: ClusterDns;
  readonly faults: Partial<SandboxFaults> | undefined;
  /** What stays after the story, and how to take it away; undefined: the whole cluster goes. */
  readonly leftovers: string | undefined;
  apply(manifest: string): Promise<void>;
  close(): Promise<void>;
}

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Starts a sandbox for the story. */
export async function sandboxCluster(): Promise<DemoCluster> {
  const sandbox = await startSandbox({});
  const { kubeconfig, dns, faults } = sandbox;
  return {
    kubeconfig,
    dns: { server: dns },
    faults,
    leftovers: undefined,
    apply: (text) => sandbox.apply(text),
    close: () => sandbox.close(),
  };
}

/** A name that every cluster DNS knows, and how long it may think about it. */
const KNOWN_NAME = 'kubernetes.default.svc.cluster.local';
const DNS_TIMEOUT_MS = 2_000;

interface Slice extends KubeObject {
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[] | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
}

/** Where a cluster DNS without a virtual IP is: a sandbox has none, for UDP. */
async function firstEndpoint(client: KubeClient): Promise<string | undefined> {
  const { items } = await client.list<Slice>(SLICES, {
    namespace: 'kube-system',
    query: { labelSelector: 'kubernetes.io/service-name=kube-dns' },
  });
  const [found] = items.flatMap(({ endpoints, ports }) => {
    const address = endpoints?.[0]?.addresses[0];
    const port = ports?.find(({ name }) => name === 'dns')?.port;
    return address && port ? [`${address}:${port}`] : [];
  });
  return found;
}

/** Where every cluster's DNS is reached: the Service `kube-dns`, whatever serves it. From outside it may be out of reach. */
async function clusterDns(client: KubeClient): Promise<ClusterDns> {
  const service = await client
    .get<KubeObject>(SERVICES, 'kube-dns', { namespace: 'kube-system' })
    .catch((error: { readonly status?: number }) => {
      if (error.status === 404) return undefined;
      throw error;
    });
  if (!service) return { missing: 'there is no Service kube-dns in namespace kube-system' };
  const { clusterIP } = service.spec as { clusterIP: string };
  const server = clusterIP === 'None' ? await firstEndpoint(client) : `${clusterIP}:53`;
  if (!server) return { missing: 'the Service kube-dns in namespace kube-system has no endpoint' };
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  resolver.setServers([server]);
  return resolver.resolve4(KNOWN_NAME).then(
    () => ({ server }),
    (error: NodeJS.ErrnoException) => ({
      missing: `the cluster DNS ${server} is out of reach from here (${error.code})`,
    }),
  );
}

/** Uses a cluster that is there; its faults cannot be had. */
export async function existingCluster(kubeconfig: string): Promise<DemoCluster> {
  const client = createKubeClient(loadAccess({ kubeconfig }));
  const plain = (object: SandboxObject) => ({ ...object, metadata: { ...object.metadata } });
  const api: ManifestApi = {
    create: (kind, object) => client.create(kind, plain(object), { namespace: object.metadata.namespace }),
    patch(kind, object) {
      const { name, namespace } = object.metadata;
      return client.patch(kind, name, plain(object), { namespace, kind: 'strategic' });
    },
  };
  return {
    kubeconfig,
    dns: await clusterDns(client),
    faults: undefined,
    leftovers: `namespace ${NAMESPACE} stays on the cluster: kubectl delete namespace ${NAMESPACE} takes it away`,
    apply: (text) => applyManifest(api, text),
    close: async () => client.close(),
  };
}
