import {
  createReflector,
  type KubeClient,
  type KubeObject,
  type Reflector,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { NAMESPACE, POD_LABEL, SERVICE } from './names.js';

/** What happened to one pod, as the API server's watches told it (epoch ms). */
export interface PodTimes {
  running?: number;
  ready?: number;
  /** Its address stood in an EndpointSlice as ready. */
  inSlice?: number;
}

/** Notes when pods start, turn ready and enter a slice; it watches raw objects, apart from what it measures. */
export interface Timeline {
  timesOf(podIp: string): PodTimes;
  close(): void;
}

interface PodStatus {
  readonly podIP?: string;
  readonly phase?: string;
  readonly conditions?: readonly { type: string; status: string }[];
}

interface SliceEndpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean };
}

const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

class WatchTimeline implements Timeline {
  readonly #times = new Map<string, PodTimes>();
  readonly #reflectors: Reflector[];

  constructor(client: KubeClient) {
    this.#reflectors = [
      this.#reflect(client, PODS, POD_LABEL, (pod) => this.#takePod((pod.status ?? {}) as PodStatus)),
      this.#reflect(client, SLICES, `kubernetes.io/service-name=${SERVICE}`, (slice) =>
        this.#takeEndpoints((slice.endpoints ?? []) as SliceEndpoint[]),
      ),
    ];
  }

  timesOf(podIp: string): PodTimes {
    const times = this.#times.get(podIp) ?? {};
    this.#times.set(podIp, times);
    return times;
  }

  close(): void {
    for (const reflector of this.#reflectors) reflector.close();
  }

  #reflect(
    client: KubeClient,
    ref: ResourceRef,
    labelSelector: string,
    take: (object: KubeObject) => void,
  ): Reflector {
    const handler = {
      replace: (objects: readonly KubeObject[]) => objects.forEach(take),
      upsert: take,
      remove: () => {},
    };
    const reflector = createReflector({
      client,
      ref,
      handler,
      request: { namespace: NAMESPACE, query: { labelSelector } },
    });
    reflector.start();
    return reflector;
  }

  #takePod({ podIP, phase, conditions = [] }: PodStatus): void {
    if (!podIP) return;
    const times = this.timesOf(podIP);
    if (phase === 'Running') times.running ??= Date.now();
    if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True'))
      times.ready ??= Date.now();
  }

  #takeEndpoints(endpoints: readonly SliceEndpoint[]): void {
    for (const { addresses, conditions } of endpoints) {
      const address = addresses?.[0];
      if (address && conditions?.ready !== false) this.timesOf(address).inSlice ??= Date.now();
    }
  }
}

/** Starts to watch the demo's pods and slices. */
export function startTimeline(client: KubeClient): Timeline {
  return new WatchTimeline(client);
}
