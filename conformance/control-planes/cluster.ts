import { setTimeout as pause } from 'node:timers/promises';
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
} from '@fairlead/discovery/kubernetes';
import { type Sandbox, startSandbox } from '@fairlead/sandbox';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
/** As the EndpointSlice controller fills them. */
const SLICE_SIZE = 100;
/** Requests under way at a time, when many slices are made. */
const AT_ONCE = 8;

/** Name of the one port; a target says it, so that no Service has to be read for a number. */
const PORT = 'grpc';

interface Slice extends KubeObject {
  readonly addressType: string;
  readonly ports: readonly object[];
  readonly endpoints: readonly object[];
}

/** What clients subscribe to for the endpoints of a Service. */
export const targetOf = (service: string, namespace: string): string => `${service}.${namespace}:${PORT}`;

/** Values of a byte with three digits, so that all addresses are equally long. */
const DIGITS = 150;

/** Addresses that nobody had before; nobody listens on them. */
class Addresses {
  #next = 0;

  next(): string {
    const number = this.#next++;
    const bytes = [number / DIGITS ** 2, number / DIGITS, number].map(
      (each) => 100 + (Math.floor(each) % DIGITS),
    );
    return `10.${bytes.join('.')}`;
  }
}

const READY = { ready: true, serving: true, terminating: false };
/** A pod that was asked to end and still answers. */
const TERMINATING = { ready: false, serving: true, terminating: true };

function endpoint(host: string, index: number, conditions = READY): object {
  return { addresses: [host], conditions, nodeName: `node-${index % 2}`, zone: `zone-${index % 2}` };
}

/** EndpointSlices in a sandbox's API server, and changes of them. */
export class Cluster {
  readonly #sandbox: Sandbox;
  readonly #api: KubeClient;
  readonly #addresses = new Addresses();
  /** Which of the first two endpoints of a Service terminates, by namespace and name; the first if nothing is said. */
  readonly #terminating = new Map<string, 0 | 1>();

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#api = createKubeClient(loadAccess({ kubeconfig: sandbox.kubeconfig }));
  }

  static async start(): Promise<Cluster> {
    return new Cluster(await startSandbox({ port: 0 }));
  }

  get kubeconfig(): string {
    return this.#sandbox.kubeconfig;
  }

  get faults(): Sandbox['faults'] {
    return this.#sandbox.faults;
  }

  async addNamespace(name: string): Promise<void> {
    await this.#api.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  /**
   * Makes Services of so many endpoints each, and one more that terminates: their slices, which is all that a control
   * plane reads of them.
   */
  async addServices(namespace: string, services: readonly string[], endpoints: number): Promise<void> {
    const slices = services.flatMap((service) => this.#slicesOf(service, endpoints));
    const create = (slice: KubeObject): Promise<unknown> => this.#api.create(SLICES, slice, { namespace });
    for (let from = 0; from < slices.length; from += AT_ONCE)
      await Promise.all(slices.slice(from, from + AT_ONCE).map(create));
  }

  /** An address that no endpoint had. */
  newAddress(): string {
    return this.#addresses.next();
  }

  /**
   * One event of a rolling update: a new pod is ready, the one before it begins to terminate, and the one that did is
   * gone. Resolves when the API server has answered.
   */
  async replace(namespace: string, service: string, host: string): Promise<void> {
    const key = `${namespace}/${service}`;
    const gone = this.#terminating.get(key) ?? 0;
    const leaving = gone === 0 ? 1 : 0;
    this.#terminating.set(key, leaving);
    const body = [
      { op: 'replace', path: `/endpoints/${gone}`, value: endpoint(host, gone) },
      { op: 'replace', path: `/endpoints/${leaving}/conditions`, value: TERMINATING },
    ];
    await this.#api.patch(SLICES, `${service}-0`, body, { namespace, kind: 'json' });
  }

  /** All pods of a small Service begin to terminate. */
  async terminate(namespace: string, service: string): Promise<void> {
    const { endpoints } = await this.#api.get<Slice>(SLICES, `${service}-0`, { namespace });
    const body = { endpoints: endpoints.map((each) => ({ ...each, conditions: TERMINATING })) };
    await this.#api.patch(SLICES, `${service}-0`, body, { namespace, kind: 'merge' });
  }

  /** A small Service has so many new pods, and none of before. */
  async resize(namespace: string, service: string, endpoints: number): Promise<void> {
    const body = { endpoints: endpoints === 0 ? [] : this.#endpoints(endpoints) };
    this.#terminating.delete(`${namespace}/${service}`);
    await this.#api.patch(SLICES, `${service}-0`, body, { namespace, kind: 'merge' });
  }

  /** Deletes the first slice of a Service. */
  async remove(namespace: string, service: string): Promise<void> {
    await this.#api.delete(SLICES, `${service}-0`, { namespace });
  }

  async close(): Promise<void> {
    this.#api.close();
    await this.#sandbox.close();
  }

  /** So many that are ready, after one that terminates. */
  #endpoints(ready: number): object[] {
    const host = (): string => this.newAddress();
    return Array.from({ length: ready + 1 }, (_, n) => endpoint(host(), n, n === 0 ? TERMINATING : READY));
  }

  #slicesOf(service: string, ready: number): KubeObject[] {
    const endpoints = this.#endpoints(ready);
    const slices: KubeObject[] = [];
    for (let from = 0; from < endpoints.length; from += SLICE_SIZE) {
      const labels = {
        'kubernetes.io/service-name': service,
        'endpointslice.kubernetes.io/managed-by': 'control-planes.fairlead.example',
      };
      const slice: Slice = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: `${service}-${from / SLICE_SIZE}`, labels },
        addressType: 'IPv4',
        ports: [{ name: PORT, port: 8080, protocol: 'TCP' }],
        endpoints: endpoints.slice(from, from + SLICE_SIZE),
      };
      slices.push(slice);
    }
    return slices;
  }
}

/** Longer than any of the control planes takes changes together, so that each change is one (ms). */
const APART_MS = 80;

/** Waits until what a change left behind is done, so that the next begins from rest. */
export const rest = (): Promise<void> => pause(APART_MS);
