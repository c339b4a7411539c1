import type { EndpointSliceObject, NodeObject, PodObject, ServiceObject } from '../objects.js';
import { reconcileSlices, type SlicePlan } from './reconcile.js';

/** What a test pod may differ in. */
export interface TestPod {
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: string;
  readonly ip?: string;
  readonly node?: string;
  readonly uid?: string;
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
  readonly hostname?: string;
  readonly subdomain?: string;
}

/** A Service `svc` in namespace `ns`. */
export function testService(spec: Partial<ServiceObject['spec']> = {}): ServiceObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'svc', namespace: 'ns', uid: 'svc-uid', creationTimestamp: '2030-01-01T00:00:00Z' },
    spec: {
      clusterIP: '10.96.0.10',
      selector: { app: 'x' },
      ports: [{ name: 'grpc', protocol: 'TCP', port: 8088, targetPort: 8088 }],
      ...spec,
    },
  };
}

/** A pod of that Service; `n` makes its name and address. */
export function testPod(n: number, options: TestPod = {}): PodObject {
  const { ready = true, terminating = false, phase = 'Running', ip = `10.0.${n >> 8}.${n & 255}` } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${n}`,
      namespace: 'ns',
      uid: options.uid ?? `uid-${n}`,
      labels: { app: 'x' },
      ...(terminating ? { deletionTimestamp: '2030-01-01T00:00:30Z' } : {}),
    },
    spec: {
      nodeName: options.node ?? 'node-a',
      containers: [{ name: 'main', ports: [...(options.ports ?? [])] }],
      ...(options.hostname ? { hostname: options.hostname } : {}),
      ...(options.subdomain ? { subdomain: options.subdomain } : {}),
    },
    status: {
      phase,
      ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2030-01-01T00:00:05Z' },
      ],
    },
  };
}

/** Pods `from` up to, but without, `to`. */
export function testPods(from: number, to: number, options: TestPod = {}): PodObject[] {
  return Array.from({ length: to - from }, (_, i) => testPod(from + i, options));
}

/** Two nodes in two zones. */
export const TEST_NODES: ReadonlyMap<string, NodeObject> = new Map(
  ['a', 'b'].map((letter): [string, NodeObject] => [
    `node-${letter}`,
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${letter}`, labels: { 'topology.kubernetes.io/zone': `zone-${letter}` } },
    },
  ]),
);

/** The slices of one Service in memory: what the API server would hold. */
export class SliceShelf {
  slices: EndpointSliceObject[] = [];
  #made = 0;

  /** Reconciles and carries the plan out. */
  sync(service: ServiceObject, pods: readonly PodObject[], maxPerSlice = 100): SlicePlan {
    const plan = reconcileSlices({ service, pods, nodes: TEST_NODES, existing: this.slices, maxPerSlice });
    for (const slice of plan.create) {
      const name = `svc-${++this.#made}`;
      this.slices.push({ ...slice, metadata: { ...slice.metadata, name } });
    }
    for (const slice of plan.update) {
      this.slices = this.slices.map((old) => (old.metadata.name === slice.metadata.name ? slice : old));
    }
    const gone = new Set(plan.delete.map(({ metadata }) => metadata.name));
    this.slices = this.slices.filter(({ metadata }) => !gone.has(metadata.name));
    return plan;
  }

  /** Endpoints per slice, largest first. */
  get sizes(): number[] {
    return this.slices.map(({ endpoints }) => endpoints?.length ?? 0).sort((a, b) => b - a);
  }
}

/** `created updated deleted` of a plan. */
export function writesOf(plan: SlicePlan): [number, number, number] {
  return [plan.create.length, plan.update.length, plan.delete.length];
}
