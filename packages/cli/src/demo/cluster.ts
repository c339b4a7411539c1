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

/** The cluster that the story is told on. */
export interface DemoCluster {
  readonly kubeconfig: string;
  /** `IP:PORT` of the cluster DNS. */
  readonly dns: string;
  readonly faults: Partial<SandboxFaults> | undefined;
  apply(manifest: string): Promise<void>;
  close(): Promise<void>;
}

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };

/** Starts a sandbox for the story. */
export async function sandboxCluster(): Promise<DemoCluster> {
  const sandbox = await startSandbox({});
  const { kubeconfig, dns, faults } = sandbox;
  return { kubeconfig, dns, faults, apply: (text) => sandbox.apply(text), close: () => sandbox.close() };
}

/** Where every cluster's DNS is reached: the Service `kube-dns`, whatever serves it. */
async function clusterDns(client: KubeClient): Promise<string> {
  const service = await client.get<KubeObject>(SERVICES, 'kube-dns', { namespace: 'kube-system' });
  const { clusterIP } = service.spec as { clusterIP: string };
  return `${clusterIP}:53`;
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
