import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import type { Random } from '#commands/random.js';

export const NAMESPACE = 'many';
export const SERVICE = 'many';
const PORT = 8088;
export const TARGET = `k8s:///${SERVICE}.${NAMESPACE}:${PORT}`;
/** As the EndpointSlice controller fills them. */
const SLICE_SIZE = 100;

const SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

export const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: ${SERVICE}, namespace: ${NAMESPACE}}
spec: {clusterIP: None, ports: [{name: grpc, port: ${PORT}}]}
`;

function endpointObject(index: number): object {
  const digits = String(index).padStart(6, '0');
  return {
    addresses: [`10.200.${index >> 8}.${index & 255}`],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: {
      kind: 'Pod',
      namespace: NAMESPACE,
      name: `many-7d9f8c6b5-${digits}`,
      uid: `5b0c7e9a-1f63-4c7d-9a2e-000000${digits}`,
    },
    nodeName: `node-${index % 100}.cluster.internal`,
    zone: `zone-${index % 3}`,
  };
}

function sliceObject(name: string, indices: readonly number[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: {
        'kubernetes.io/service-name': SERVICE,
        'endpointslice.kubernetes.io/managed-by': 'soak',
        'service.kubernetes.io/headless': '',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'grpc', port: PORT, protocol: 'TCP' }],
    endpoints: indices.map(endpointObject),
  };
}

/** The EndpointSlices of one large Service, written through the API, and what must be read of them. */
export class SlicesUnderLoad {
  readonly #api: KubeClient;
  readonly #ready: boolean[];

  constructor(kubeconfig: string, endpoints: number) {
    this.#api = createKubeClient(loadAccess({ kubeconfig }));
    this.#ready = new Array(endpoints).fill(true);
  }

  async write(): Promise<void> {
    for (let from = 0; from < this.#ready.length; from += SLICE_SIZE) {
      const indices = Array.from({ length: SLICE_SIZE }, (_, n) => from + n);
      await this.#api.create(SLICES, sliceObject(this.#name(from), indices), { namespace: NAMESPACE });
    }
  }

  /** Turns one endpoint ready or unready: the event that follows repeats the hundred of its slice. */
  async change(random: Random): Promise<void> {
    const index = Math.floor(random() * this.#ready.length);
    const ready = !this.#ready[index];
    this.#ready[index] = ready;
    const path = `/endpoints/${index % SLICE_SIZE}/conditions/ready`;
    const patch = [{ op: 'replace', path, value: ready }];
    await this.#api.patch(SLICES, this.#name(index), patch, { namespace: NAMESPACE, kind: 'json' });
  }

  /** Addresses of the endpoints that are ready, sorted. */
  ready(): string[] {
    return this.#ready
      .flatMap((ready, index) => (ready ? [`10.200.${index >> 8}.${index & 255}:${PORT}`] : []))
      .sort();
  }

  close(): void {
    this.#api.close();
  }

  #name(index: number): string {
    return `many-${Math.floor(index / SLICE_SIZE)}`;
  }
}
