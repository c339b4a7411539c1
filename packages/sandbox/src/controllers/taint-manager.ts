import { kubeTime } from '../api/clock.js';
import type { StoreEvent } from '../api/store.js';
import { withCondition } from './conditions.js';
import { type Controller, type ControllerContext, createController, splitKey } from './controller.js';
import { recordEvent } from './events.js';
import type { NodeObject, PodObject } from './objects.js';
import { isTolerated, type Taint, UNSCHEDULABLE } from './scheduler/fit.js';

const COMPONENT = 'taint-eviction-controller';

/**
 * Taints nodes that are cordoned, and ends the pods that do not tolerate a `NoExecute` taint of their node: at once, or
 * after the `tolerationSeconds` with which they do.
 */
export function createTaintManager(context: ControllerContext): Controller {
  const { api, clock } = context;
  /** Since when the pods of a node are looked at under these taints, by uid: their seconds count from there. */
  const looks = new Map<string, ReadonlyMap<string, { taints: string; atMs: number }>>();

  function reconcile(key: string): number | undefined {
    const { name } = splitKey(key);
    const node = api.get('nodes', undefined, name) as NodeObject | undefined;
    if (node) taintCordoned(node);
    const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    const pods = (api.list('pods') as readonly PodObject[]).filter(({ spec }) => spec.nodeName === name);
    const before = looks.get(name);
    const since = new Map<string, { taints: string; atMs: number }>();
    const text = JSON.stringify(taints);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pod of pods) {
      const { uid = '', deletionTimestamp } = pod.metadata;
      if (taints.length === 0 || deletionTimestamp) continue;
      const known = before?.get(uid);
      const atMs = known?.taints === text ? known.atMs : clock.now();
      const leftMs = atMs + toleratedMs(pod, taints) - clock.now();
      if (leftMs > 0) {
        since.set(uid, { taints: text, atMs });
        nextMs = Math.min(nextMs, leftMs);
      } else evict(context, pod);
    }
    // Whoever is gone is forgotten.
    if (since.size > 0) looks.set(name, since);
    else looks.delete(name);
    return Number.isFinite(nextMs) ? nextMs : undefined;
  }

  /** As upstream's node controller does, so that `kubectl describe node` shows it. */
  function taintCordoned(node: NodeObject): void {
    const cordoned = node.spec?.unschedulable === true;
    const marked = node.spec?.taints?.some(isCordon) === true;
    if (cordoned === marked) return;
    api.modify('nodes', undefined, node.metadata.name, (copy) => {
      const { spec } = copy as NodeObject;
      const others = (spec?.taints ?? []).filter((taint) => !isCordon(taint));
      const cordon = { key: UNSCHEDULABLE, effect: 'NoSchedule', timeAdded: kubeTime(clock.now()) };
      const taints = spec?.unschedulable ? [...others, cordon] : others;
      const { taints: _before, ...rest } = spec ?? {};
      copy.spec = taints.length > 0 ? { ...rest, taints } : rest;
    });
  }

  return createController({
    ...context,
    name: 'taint-manager',
    watches: [
      {
        resource: 'nodes',
        keys: (event) => (changesTaints(event) ? [`/${event.object.metadata.name}`] : []),
      },
      { resource: 'pods', keys: (event) => nodeOfNewPod(event) },
    ],
    reconcile,
  });
}

const isCordon = ({ key, effect }: Taint): boolean => key === UNSCHEDULABLE && effect === 'NoSchedule';

/** Heartbeats change no taints. */
function changesTaints({ object, old }: StoreEvent): boolean {
  const of = (node: NodeObject | undefined) =>
    JSON.stringify([node?.spec?.taints, node?.spec?.unschedulable]);
  return !old || of(object as NodeObject) !== of(old as NodeObject);
}

/** A pod that comes to a node, or tolerates something else. */
function nodeOfNewPod({ type, object, old }: StoreEvent): string[] {
  const { spec } = object as PodObject;
  const before = (old as PodObject | undefined)?.spec;
  const same = before?.nodeName === spec.nodeName && before?.tolerations?.length === spec.tolerations?.length;
  return type === 'DELETED' || !spec.nodeName || (old && same) ? [] : [`/${spec.nodeName}`];
}

/** How long a pod stays under these taints: 0 when it does not tolerate one of them. */
function toleratedMs({ spec }: PodObject, taints: readonly Taint[]): number {
  const tolerations = spec.tolerations ?? [];
  if (taints.some((taint) => !isTolerated(taint, tolerations))) return 0;
  const used = tolerations.filter((toleration) => taints.some((taint) => isTolerated(taint, [toleration])));
  const seconds = used.map(({ tolerationSeconds = Number.POSITIVE_INFINITY }) => tolerationSeconds);
  return Math.max(0, Math.min(...seconds)) * 1000;
}

function evict(context: ControllerContext, pod: PodObject): void {
  const { namespace, name, uid } = pod.metadata;
  const message = `Marking for deletion Pod ${namespace ?? ''}/${name}`;
  recordEvent(context, COMPONENT, { about: pod, type: 'Normal', reason: 'TaintManagerEviction', message });
  context.api.modify(
    'pods',
    namespace,
    name,
    (copy) => {
      const next = copy as PodObject;
      const conditions = withCondition(next.status?.conditions ?? [], {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        lastTransitionTime: kubeTime(context.clock.now()),
      });
      next.status = { ...next.status, conditions };
    },
    { subresource: 'status' },
  );
  if (uid !== undefined) context.api.delete('pods', namespace, name, { uid });
}
