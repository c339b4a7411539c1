import type { ClusterApi } from '../api/store.js';
import { SandboxError } from '../errors.js';
import type { Nodes } from '../nodes.js';
import type { KubeObject } from '../objects.js';
import type { TestPod } from './contract.js';
import { conditionsOf, holds } from './objects.js';
import { readyAddresses } from './slices.js';
import { waitUntil } from './wait.js';

/** A readiness gate of every pod that a test deploys: so a test decides whether it is ready. */
export const GATE = 'fairlead.dev/test';

interface PodFields extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly readinessGates?: readonly { readonly conditionType: string }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
}

const fieldsOf = (pod: KubeObject): PodFields => pod as PodFields;

/** What a pod works with. */
export interface PodHost {
  readonly api: ClusterApi;
  readonly nodes: Pick<Nodes, 'killPod'>;
  /** Service whose EndpointSlices have the pod. */
  readonly service: string;
  /** It is a function of this process. */
  readonly inProcess: boolean;
}

function setGate(api: ClusterApi, pod: KubeObject, status: 'True' | 'False'): void {
  const { namespace, name } = pod.metadata;
  const change = (copy: KubeObject): void => {
    const others = conditionsOf(copy).filter(({ type }) => type !== GATE);
    const gate = { type: GATE, status, lastTransitionTime: new Date().toISOString().replace(/\.\d+/, '') };
    copy.status = { ...(copy.status as object), conditions: [...others, gate] };
  };
  api.modify('pods', namespace, name, change, { subresource: 'status' });
}

/** Opens the gate of every new pod that has it, until the returned function is called. */
export function openGates(api: ClusterApi): () => void {
  return api.watch('pods', ({ type, object }) => {
    if (type === 'DELETED') return;
    const gated = fieldsOf(object).spec.readinessGates?.some(({ conditionType }) => conditionType === GATE);
    if (gated && !conditionsOf(object).some((condition) => condition.type === GATE))
      setGate(api, object, 'True');
  });
}

/** Process groups of a pod's containers. */
function groupsOf(pod: KubeObject): number[] {
  return (fieldsOf(pod).status?.containerStatuses ?? []).flatMap(({ containerID }) => {
    const [, pid] = /^process:\/\/(\d+)$/.exec(containerID ?? '') ?? [];
    return pid === undefined ? [] : [Number(pid)];
  });
}

function sendSignal(pod: KubeObject, host: PodHost, signal: NodeJS.Signals): void {
  const { namespace, name } = pod.metadata;
  if (host.inProcess) {
    const message = `pod ${namespace}/${name} is a function of this process and gets no ${signal}: deploy it with "run"`;
    throw new SandboxError('OPTION_INVALID', message);
  }
  const current = host.api.get('pods', namespace, name);
  const groups = current?.metadata.uid === pod.metadata.uid ? groupsOf(current!) : [];
  if (groups.length === 0)
    throw new SandboxError(
      'OPTION_INVALID',
      `pod ${namespace}/${name} has no process: pods that run are accepted`,
    );
  for (const group of groups) process.kill(-group, signal);
}

async function setReady(pod: KubeObject, { api, service }: PodHost, ready: boolean): Promise<void> {
  const { namespace = '', name } = pod.metadata;
  const { podIP = '' } = fieldsOf(pod).status ?? {};
  setGate(api, pod, ready ? 'True' : 'False');
  await waitUntil(api, {
    what: `pod ${namespace}/${name}: ${ready ? 'ready' : 'not ready'} in the EndpointSlices of ${service}`,
    resources: ['endpointslices'],
    check: () => readyAddresses(api, namespace, service).has(podIP) === ready || undefined,
    instead: () => `its conditions are ${JSON.stringify(conditionsOf(api.get('pods', namespace, name)))}`,
  });
}

/** The pod of an object. */
export function testPod(pod: KubeObject, host: PodHost): TestPod {
  const { namespace = '', name, uid } = pod.metadata;
  const { api } = host;
  return {
    name,
    namespace,
    ip: fieldsOf(pod).status?.podIP ?? '',
    node: fieldsOf(pod).spec.nodeName ?? '',
    ready: holds(pod, 'Ready'),
    async kill(signal = 'SIGKILL') {
      if (signal === 'SIGKILL') await host.nodes.killPod(namespace, name);
      else sendSignal(pod, host, signal);
    },
    freeze: async () => sendSignal(pod, host, 'SIGSTOP'),
    thaw: async () => sendSignal(pod, host, 'SIGCONT'),
    setReady: (ready) => setReady(pod, host, ready),
    async remove(options = {}) {
      api.delete('pods', namespace, name);
      await waitUntil(api, {
        ...options,
        what: `pod ${namespace}/${name}: gone`,
        resources: ['pods'],
        check: () => api.get('pods', namespace, name)?.metadata.uid !== uid || undefined,
        instead: () => 'it is still ending: is its grace longer?',
      });
    },
  };
}

/** Why a pod is not ready, in a few words. */
export function troubleOf(pod: KubeObject): string {
  const { containerStatuses = [] } = (pod.status ?? {}) as {
    containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: { readonly exitCode?: number; readonly message?: string };
      };
    }[];
  };
  const words = containerStatuses.flatMap(({ state }) => [
    ...(state?.waiting ? [[state.waiting.reason, state.waiting.message].filter(Boolean).join(': ')] : []),
    ...(state?.terminated
      ? [`ended with ${state.terminated.exitCode} ${state.terminated.message ?? ''}`]
      : []),
  ]);
  return `${pod.metadata.name}: ${words.join('; ') || (holds(pod, 'Ready') ? 'ready' : 'not ready')}`;
}
