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

/** Where the cluster DNS answers (`IP:PORT`), or why it does not. */
export type ClusterDns = { readonly server: string } | { readonly missing: string };

/** The cluster that the story is told on. */
export interface DemoCluster {
  readonly kubeconfig: string;
  readonly dns: ClusterDns;
  readonly faults: Partial<SandboxFaults> | undefined;
  apply(manifest: string): Promise<void>;
  close(): Promise<void>;
}

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };

/** Starts a sandbox for the story. */
export async function sandboxCluster(): Promise<DemoCluster> {
  const sandbox = await startSandbox({});
  const { kubeconfig, dns, faults } = sandbox;
  return {
    kubeconfig,
    dns: { server: dns },
    faults,
    apply: (text) => sandbox.apply(text),
    close: () => sandbox.close(),
  };
}

/** A name that every cluster DNS knows, and how long it may think about it. */
const KNOWN_NAME = 'kubernetes.default.svc.cluster.local';
const DNS_TIMEOUT_MS = 2_000;

/** Where every cluster's DNS is reached: the Service `kube-dns`, whatever serves it. From outside it may be out of reach. */
async function clusterDns(client: KubeClient): Promise<ClusterDns> {
  const service = await client
    .get<KubeObject>(SERVICES, 'kube-dns', { namespace: 'kube-system' })
    .catch((error: { readonly status?: number }) => {
      if (error.status === 404) return undefined;
      throw error;
    });
  if (!service) return { missing: 'there is no Service kube-dns in namespace kube-system' };
  const server = `${(service.spec as { clusterIP: string }).clusterIP}:53`;
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
    apply: (text) => applyManifest(api, text),
    close: async () => client.close(),
  };
}
