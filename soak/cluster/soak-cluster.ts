import {
  createKubeClient,
  type KubeClient,
  KubeError,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { startTestCluster, type TestCluster } from '@fairlead/sandbox/testing';
import type { SeenEndpoint } from '../client/messages.js';
import {
  ACCOUNTS_MANIFEST,
  type Account,
  echoManifest,
  holderManifest,
  NAMESPACE,
  SERVICE,
} from './manifest.js';
import { endpointsOf, type Slice } from './slices.js';

const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', resource: 'deployments' };
const SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const ACCOUNTS: ResourceRef = { group: '', version: 'v1', resource: 'serviceaccounts' };

type Faults = Required<NonNullable<TestCluster['faults']>>;

export interface SoakClusterOptions {
  readonly nodes: number;
  readonly replicas: number;
  /** Whether pods have a readiness probe. Default true. */
  readonly probe?: boolean;
}

const within = { namespace: NAMESPACE };
const atOnce = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 };

/** A sandbox with echo pods, and what is done to it. */
export class SoakCluster {
  readonly nodes: readonly string[];
  readonly faults: Faults;
  readonly kubeconfig: string;
  readonly #cluster: TestCluster;
  readonly #api: KubeClient;
  #rollouts = 0;
  #copies = 0;

  private constructor(cluster: TestCluster, nodes: readonly string[]) {
    this.#cluster = cluster;
    this.nodes = nodes;
    this.kubeconfig = cluster.kubeconfig;
    // The sandbox has them all.
    this.faults = cluster.faults as Faults;
    this.#api = createKubeClient(loadAccess({ kubeconfig: cluster.kubeconfig }));
  }

  static async start({ nodes: count, replicas, probe = true }: SoakClusterOptions): Promise<SoakCluster> {
    const nodes = Array.from({ length: count }, (_, n) => ({ name: `node-${n + 1}`, zone: `zone-${n % 2}` }));
    const names = nodes.map(({ name }) => name);
    const cluster = new SoakCluster(await startTestCluster({ nodes }), names);
    await cluster.#cluster.apply(echoManifest({ replicas, probe }));
    await cluster.#cluster.apply(ACCOUNTS_MANIFEST);
    return cluster;
  }

  async endpoints(): Promise<SeenEndpoint[]> {
    return endpointsOf(await this.#slices());
  }

  async scale(replicas: number): Promise<void> {
    await this.#merge({ spec: { replicas } });
  }

  async restart(): Promise<void> {
    const annotations = { restarted: String(++this.#rollouts) };
    await this.#merge({ spec: { template: { metadata: { annotations } } } });
  }

  async deletePod(name: string): Promise<void> {
    await this.#delete(PODS, name);
  }

  /**
   * Moves endpoints between slices as controllers do: a copy is created, the old slices are deleted (the controller
   * makes them anew), the copy is deleted.
   */
  async rewriteSlices(): Promise<void> {
    const slices = await this.#slices();
    const copies = await Promise.all(slices.map((slice) => this.#copy(slice)));
    for (const { metadata } of slices) await this.#delete(SLICES, metadata.name!);
    for (const name of copies) await this.#delete(SLICES, name);
  }

  /** A token of an account that is good until `endToken(holder)`. */
  async token(account: Account, holder: string): Promise<string> {
    await this.#cluster.apply(holderManifest(holder, account));
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: holder };
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { audiences: [], boundObjectRef },
    };
    const made = await this.#api.create(ACCOUNTS, request, {
      ...within,
      name: account,
      subresource: 'token',
    });
    return (made.status as { token: string }).token;
  }

  async endToken(holder: string): Promise<void> {
    await this.#delete(PODS, holder, atOnce);
  }

  async close(): Promise<void> {
    this.#api.close();
    await this.#cluster.close();
  }

  async #slices(): Promise<readonly Slice[]> {
    const query = { labelSelector: `kubernetes.io/service-name=${SERVICE}` };
    return (await this.#api.list<Slice>(SLICES, { ...within, query })).items;
  }

  async #copy(slice: Slice): Promise<string> {
    const name = `copy-${++this.#copies}`;
    const labels = { ...slice.metadata.labels, 'endpointslice.kubernetes.io/managed-by': 'soak' };
    const copy: KubeObject = { ...slice, metadata: { name, namespace: NAMESPACE, labels } };
    await this.#api.create(SLICES, copy, within);
    return name;
  }

  async #merge(body: object): Promise<void> {
    await this.#api.patch(DEPLOYMENTS, 'echo', body, { ...within, kind: 'merge' });
  }

  /** What is gone already is gone. */
  async #delete(ref: ResourceRef, name: string, body?: object): Promise<void> {
    try {
      await this.#api.delete(ref, name, { ...within, ...(body ? { body } : {}) });
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 404) throw error;
    }
  }
}
