import type { Container, ContainerStatus, Pod, PodCondition, PodPhase, PodStatus } from './pod.js';
import { isSidecar, timestamp } from './pod.js';
import { restarts } from './restart.js';

/** What a pod's status is made from. */
export interface StatusInput {
  /** The newest pod: conditions that others own are kept. */
  readonly pod: Pod;
  readonly podIP: string | undefined;
  readonly hostIP: string;
  readonly startTime: string;
  readonly init: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  /** Conditions that the agent wrote last: they give `lastTransitionTime`. */
  readonly previous: readonly PodCondition[];
  /** Why the agent ended the pod before its time. */
  readonly failure?: PodFailure | undefined;
  readonly nowMs: number;
}

/** Why a pod is `Failed` whatever its containers say. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
}

/** Types of the conditions that the agent owns; `PodScheduled` is the scheduler's, filled in when it is missing. */
const OWN = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

/** The whole status of a pod, as the kubelet would write it. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, podIP, hostIP } = input;
  const { failure } = input;
  const runs = [...input.init, ...input.containers].some(({ state }) => state.running);
  const failed = failure !== undefined && !runs && pod.status?.phase !== 'Succeeded';
  const phase = failed ? 'Failed' : podPhase(pod, input.init, input.containers);
  return {
    phase,
    ...(failed ? failure : {}),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime: input.startTime,
    qosClass: pod.status?.qosClass ?? qosClass(pod.spec.containers),
    conditions: conditions(input, phase),
    ...(input.init.length > 0 ? { initContainerStatuses: input.init } : {}),
    containerStatuses: input.containers,
  };
}

/** The first status of a container: it waits. */
export function waitingStatus(
  container: Container,
  reason: string,
  previous?: ContainerStatus,
): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: previous?.restartCount ?? 0,
    state: { waiting: { reason } },
    lastState: previous?.lastState ?? {},
  };
}

/** Whether every init container has done its work: ordinary ones succeeded, sidecars have started. */
function initialized(pod: Pod, init: readonly ContainerStatus[]): boolean {
  return (pod.spec.initContainers ?? []).every((container) => {
    const status = init.find(({ name }) => name === container.name);
    return isSidecar(container) ? status?.started === true : status?.state.terminated?.exitCode === 0;
  });
}

/** Whether the pod has ended for good. */
export const isTerminal = (phase: PodPhase | undefined): phase is 'Succeeded' | 'Failed' =>
  phase === 'Succeeded' || phase === 'Failed';

const hasStarted = ({ state, lastState }: ContainerStatus): boolean =>
  (state.running ?? state.terminated ?? lastState.terminated) !== undefined;

function podPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  containers: readonly ContainerStatus[],
): PodPhase {
  const stored = pod.status?.phase;
  // The end of a pod is final, whoever declared it.
  if (isTerminal(stored)) return stored;
  const policy = pod.spec.restartPolicy;
  const initFailed = (pod.spec.initContainers ?? []).some((container) => {
    const exit = init.find(({ name }) => name === container.name)?.state.terminated?.exitCode;
    return policy === 'Never' && !isSidecar(container) && exit !== undefined && exit !== 0;
  });
  if (initFailed) return 'Failed';
  if (!containers.some(hasStarted)) return 'Pending';
  const over = pod.spec.containers.every((container) => {
    const exit = containers.find(({ name }) => name === container.name)?.state.terminated;
    const stays = pod.metadata.deletionTimestamp !== undefined;
    return exit !== undefined && (stays || !restarts(container, policy, exit.exitCode));
  });
  const sidecarRuns = (pod.spec.initContainers ?? [])
    .filter(isSidecar)
    .some((container) => init.find(({ name }) => name === container.name)?.state.running);
  if (!over || sidecarRuns) return 'Running';
  return containers.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function conditions(input: StatusInput, phase: PodPhase): PodCondition[] {
  const { pod, previous, nowMs } = input;
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !OWN.includes(type));
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const since = (condition: PodCondition): PodCondition => {
    const before =
      previous.find(({ type }) => type === condition.type) ??
      pod.status?.conditions?.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status && before.lastTransitionTime;
    return { ...condition, lastProbeTime: null, lastTransitionTime: same || timestamp(nowMs) };
  };
  const ready = containersReady(input, phase);
  return [
    since({ type: 'PodReadyToStartContainers', status: input.podIP === undefined ? 'False' : 'True' }),
    since(initCondition(input)),
    since(gated(input, { ...ready, type: 'Ready' })),
    since({ ...ready, type: 'ContainersReady' }),
    scheduled ?? since({ type: 'PodScheduled', status: 'True' }),
    ...foreign,
  ];
}

function initCondition({ pod, init, containers }: StatusInput): PodCondition {
  // A container that has started proves it, also when a sidecar has ended since.
  if (containers.some(hasStarted) || initialized(pod, init)) return { type: 'Initialized', status: 'True' };
  const open = (pod.spec.initContainers ?? [])
    .filter((container) => !initialized({ ...pod, spec: { ...pod.spec, initContainers: [container] } }, init))
    .map(({ name }) => name);
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${open.join(' ')}]`,
  };
}

function containersReady(
  { pod, init, containers }: StatusInput,
  phase: PodPhase,
): Omit<PodCondition, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  const relevant = [...init.filter(({ name }) => sidecars.includes(name)), ...containers];
  const unready = relevant.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

/** `Ready` is `ContainersReady` and every readiness gate. */
function gated({ pod }: StatusInput, condition: PodCondition): PodCondition {
  if (condition.status !== 'True') return condition;
  const open = (pod.spec.readinessGates ?? [])
    .map(({ conditionType }) => conditionType)
    .filter((gate) => pod.status?.conditions?.find(({ type }) => type === gate)?.status !== 'True');
  if (open.length === 0) return condition;
  return {
    type: 'Ready',
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: open
      .map((gate) => `corresponding condition of pod readiness gate "${gate}" does not exist or is not True.`)
      .join(', '),
  };
}

/** Kubernetes' quality of service: all limits given and equal to the requests, some given, none given. */
function qosClass(containers: readonly Container[]): string {
  const resources = ['cpu', 'memory'];
  const guaranteed = containers.every(({ resources: given }) =>
    resources.every((name) => {
      const limit = given?.limits?.[name];
      return limit !== undefined && (given?.requests?.[name] ?? limit) === limit;
    }),
  );
  if (guaranteed) return 'Guaranteed';
  const any = containers.some(
    ({ resources: given }) => Object.keys({ ...given?.limits, ...given?.requests }).length > 0,
  );
  return any ? 'Burstable' : 'BestEffort';
}
