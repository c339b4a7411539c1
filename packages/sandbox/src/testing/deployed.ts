import type { ClusterApi } from '../api/store.js';
import { SandboxError } from '../errors.js';
import type { FunctionImage } from '../node-agent/index.js';
import type { Nodes } from '../nodes.js';
import type { KubeObject } from '../objects.js';
import type { Sandbox } from '../sandbox.js';
import type { Deployed, DeployOptions, TestPod, WaitOptions } from './contract.js';
import { argvOf, checkOptions, manifestOf, type Program } from './manifest.js';
import { testPod, troubleOf } from './pods.js';
import { readyAddresses } from './slices.js';
import { waitUntil } from './wait.js';

/** What deployments of a test work with. */
export interface DeployHost {
  readonly api: ClusterApi;
  readonly nodes: Nodes;
  readonly sandbox: Pick<Sandbox, 'apply'>;
  /** A number that no other image of a function has. */
  nextImage(): number;
}

interface DeploymentFields extends KubeObject {
  readonly spec: { replicas: number; template: { metadata: { annotations?: Record<string, string> } } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

const fieldsOf = (object: KubeObject): DeploymentFields => object as DeploymentFields;

/** Only pods of the newest template are left, and all are available. */
function isRolledOut(object: KubeObject | undefined): boolean {
  if (!object) return false;
  const { metadata, spec, status = {} } = fieldsOf(object);
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return (
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    counts.every((count) => (count ?? 0) === spec.replicas)
  );
}

/** A Deployment with its Service and pods. */
class TestDeployment implements Deployed {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  readonly #host: DeployHost;
  readonly #inProcess: boolean;

  constructor({ name, namespace = 'default', port = 8088, serve }: DeployOptions, host: DeployHost) {
    this.name = name;
    this.namespace = namespace;
    this.port = port;
    this.#host = host;
    this.#inProcess = serve !== undefined;
  }

  get target(): string {
    return `k8s:///${this.name}.${this.namespace}:${this.port}`;
  }

  get host(): string {
    return `${this.name}.${this.namespace}.svc.cluster.local`;
  }

  get #pods(): readonly KubeObject[] {
    return this.#host.api
      .list('pods', this.namespace)
      .filter(({ metadata }) => metadata.labels?.app === this.name);
  }

  get pods(): readonly TestPod[] {
    const { api, nodes } = this.#host;
    const host = { api, nodes, service: this.name, inProcess: this.#inProcess };
    return this.#pods
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((pod) => testPod(pod, host));
  }

  async scale(replicas: number, options: WaitOptions = {}): Promise<void> {
    checkOptions({ name: this.name, replicas });
    this.#change(({ spec }) => {
      spec.replicas = replicas;
    });
    await this.ready(replicas, options);
  }

  async rollout(options: WaitOptions = {}): Promise<void> {
    const before = new Set(this.#pods.map(({ metadata }) => metadata.uid));
    this.#change(({ spec }) => {
      const { metadata } = spec.template;
      metadata.annotations = { ...metadata.annotations, 'fairlead.dev/restarted': String(performance.now()) };
    });
    const isNew = (): boolean => !this.#pods.some(({ metadata }) => before.has(metadata.uid));
    await this.#until('only new pods', () => isNew() && isRolledOut(this.#object), options);
    await this.ready(fieldsOf(this.#object!).spec.replicas, options);
  }

  async remove(options: WaitOptions = {}): Promise<void> {
    const { api } = this.#host;
    api.delete('services', this.namespace, this.name);
    api.delete('deployments', this.namespace, this.name, { propagationPolicy: 'Background' });
    await this.#until('no pod', () => this.#pods.length === 0, options);
  }

  /** Resolves when so many pods are ready in the EndpointSlices, and no other. */
  async ready(replicas: number, options: WaitOptions): Promise<void> {
    const { api } = this.#host;
    const count = (): number => readyAddresses(api, this.namespace, this.name).size;
    await this.#until(`${replicas} ready endpoints`, () => count() === replicas, options);
  }

  get #object(): KubeObject | undefined {
    return this.#host.api.get('deployments', this.namespace, this.name);
  }

  #change(change: (fields: DeploymentFields) => void): void {
    const { api } = this.#host;
    const changed = api.modify('deployments', this.namespace, this.name, (copy) => change(fieldsOf(copy)));
    if (!changed) {
      const message = `Deployment ${this.namespace}/${this.name} is gone: deploy() makes another one`;
      throw new SandboxError('OPTION_INVALID', message);
    }
  }

  async #until(what: string, check: () => boolean, options: WaitOptions): Promise<void> {
    await waitUntil(this.#host.api, {
      ...options,
      what: `Deployment ${this.namespace}/${this.name}: ${what}`,
      resources: ['deployments', 'pods', 'endpointslices'],
      check: () => check() || undefined,
      instead: () => `its pods: ${this.#pods.map(troubleOf).join(', ') || 'none'}`,
    });
  }
}

/** What the pods of a test run; a function becomes an image. */
function programOf({ name, image, run, ...options }: DeployOptions, host: DeployHost): Program {
  if (run !== undefined) return { image: 'node', command: argvOf(run) };
  const { serve, namespace = 'default', port = 8088 } = options;
  if (!serve) return { image: image ?? 'fairlead/echo' };
  const function_: FunctionImage = ({ hostname, ...container }) =>
    serve({ ...container, name: hostname, namespace, port });
  const made = `function/${name}:${host.nextImage()}`;
  host.nodes.addImage(made, function_);
  return { image: made };
}

/** Makes a Deployment and its Service, and waits until its pods are ready. */
export async function deploy(options: DeployOptions & WaitOptions, host: DeployHost): Promise<Deployed> {
  checkOptions(options);
  const { name, namespace = 'default', replicas = 1 } = options;
  const { api, sandbox } = host;
  if (api.get('deployments', namespace, name)) {
    const message = `deploy(): Deployment ${namespace}/${name} exists: accepted is another name, or remove() first`;
    throw new SandboxError('OPTION_INVALID', message);
  }
  const manifest = manifestOf(options, programOf(options, host));
  if (!api.get('namespaces', undefined, namespace))
    api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await sandbox.apply(manifest);
  const deployed = new TestDeployment(options, host);
  await deployed.ready(replicas, options);
  return deployed;
}
