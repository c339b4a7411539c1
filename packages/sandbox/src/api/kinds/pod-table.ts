import type { KubeObject } from '../../objects.js';
import type { TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import type { ContainerState, ContainerStatus, Pod } from './pod-types.js';

/** kubectl's table of pods. */
export const POD_TABLE: TableSpec = {
  columns: [
    NAME,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    AGE,
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  cells(object: KubeObject, nowMs: number) {
    const pod: Pod = object;
    const view = summarize(pod);
    const restarts = view.restarts > 0 && view.lastRestart ? ` (${since(view.lastRestart, nowMs)} ago)` : '';
    return [
      pod.metadata.name,
      `${view.ready}/${view.total}`,
      view.status,
      `${view.restarts}${restarts}`,
      since(pod.metadata.creationTimestamp, nowMs),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
      pod.spec?.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      readinessGates(pod),
    ];
  },
};

interface Summary {
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** Restarts of a set of containers, and when the latest of them ended. */
interface Restarts {
  count: number;
  last: string | undefined;
}

function summarize(pod: Pod): Summary {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const gated = pod.status?.conditions?.some(
    (c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated',
  );
  const phase = pod.status?.phase ?? '';
  const init = initStatus(pod, sidecars);
  const initialized = condition(pod, 'Initialized');
  let status = init.reason ?? (gated ? 'SchedulingGated' : pod.status?.reason || phase);
  let { ready } = init;
  let restarts = init.all;
  if (init.reason === undefined || initialized) {
    const main = mainStatus(pod, status);
    status = main.status;
    ready += main.ready;
    restarts = sum(init.sidecars, main.restarts);
  }
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') status = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') status = 'Terminating';
  }
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  return { status, ready, total, restarts: restarts.count, lastRestart: restarts.last };
}

/** How far the init containers are; `reason` stays undefined once all of them are done. */
function initStatus(pod: Pod, sidecars: ReadonlySet<string | undefined>) {
  const all: Restarts = { count: 0, last: undefined };
  const ofSidecars: Restarts = { count: 0, last: undefined };
  let ready = 0;
  let reason: string | undefined;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(status.name);
    count(all, status);
    if (sidecar) count(ofSidecars, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated && !terminated.exitCode) continue;
    if (sidecar && status.started) {
      if (status.ready) ready++;
      continue;
    }
    if (terminated) reason = `Init:${ending(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`;
    else reason = `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`;
    break;
  }
  return { reason, ready, all, sidecars: ofSidecars };
}

function mainStatus(pod: Pod, initial: string) {
  const restarts: Restarts = { count: 0, last: undefined };
  let status = initial;
  let failure = '';
  let ready = 0;
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    count(restarts, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) status = waiting.reason;
    else if (terminated) {
      status = ending(terminated);
      if (terminated.exitCode) failure = status;
    } else if (container.ready && running) ready++;
  }
  // Some containers have ended well while others still run: the pod as a whole has not completed.
  if (status === 'Completed') {
    if (ready > 0 && condition(pod, 'Ready')) status = 'Running';
    else if (failure) status = failure;
    else if (ready > 0) status = 'NotReady';
  }
  return { status, ready, restarts };
}

function ending(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

function count(restarts: Restarts, status: ContainerStatus): void {
  restarts.count += status.restartCount ?? 0;
  restarts.last = later(restarts.last, status.lastState?.terminated?.finishedAt);
}

function sum(a: Restarts, b: Restarts): Restarts {
  return { count: a.count + b.count, last: later(a.last, b.last) };
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (!a || !b) return a ?? b;
  return Date.parse(a) < Date.parse(b) ? b : a;
}

function condition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter((gate) => condition(pod, gate.conditionType)).length}/${gates.length}`;
}
