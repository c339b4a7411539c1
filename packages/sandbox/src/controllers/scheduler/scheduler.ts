import { kubeTime } from '../../api/clock.js';
import type { StoreEvent } from '../../api/store.js';
import { withCondition } from '../conditions.js';
import { type Controller, type ControllerContext, createController, isConflict } from '../controller.js';
import { recordEvent } from '../events.js';
import type { NodeObject, PodObject } from '../objects.js';
import { isPodTerminal, podCondition } from '../pod.js';
import { noFitMessage, whyNot } from './fit.js';
import { NodeLoad } from './load.js';

/** Pods are placed in one pass, because each placement changes where the next pod goes. */
const ALL_PENDING = '/pending';
const COMPONENT = 'default-scheduler';

/** Binds pods to Ready, schedulable nodes: spread by owner first, then by count. */
export function createScheduler(context: ControllerContext): Controller {
  const { api } = context;

  function reconcile(): undefined {
    const pods = api.list('pods') as readonly PodObject[];
    const pending = pods.filter(isPending);
    if (pending.length === 0) return;
    const nodes = api.list('nodes') as readonly NodeObject[];
    const load = new NodeLoad(pods);
    let failure: { error: unknown } | undefined;
    for (const pod of pending) {
      try {
        const node = load.leastLoaded(
          pod,
          nodes.filter((candidate) => !whyNot(pod, candidate)),
        );
        if (node) {
          bind(context, pod, node);
          load.add(pod, node.metadata.name);
        } else {
          explain(context, pod, noFitMessage(pod, nodes));
        }
      } catch (error) {
        // One pod that cannot be bound must not hold up the others.
        if (!isConflict(error)) failure = { error };
      }
    }
    if (failure) throw failure.error;
  }

  return createController({
    ...context,
    name: 'scheduler',
    watches: [
      { resource: 'pods', keys: (event) => (mayPlacePods(event) ? [ALL_PENDING] : []) },
      { resource: 'nodes', keys: (event) => (changesFit(event) ? [ALL_PENDING] : []) },
    ],
    reconcile,
  });
}

/** A pod that waits for this scheduler, not for one of another name. */
function isPending(pod: PodObject): boolean {
  const { nodeName, schedulerName = COMPONENT } = pod.spec;
  return !nodeName && schedulerName === COMPONENT && !pod.metadata.deletionTimestamp && !isPodTerminal(pod);
}

/** A pod that waits. Others take up no room that one could wait for. */
function mayPlacePods({ type, object }: StoreEvent): boolean {
  return type !== 'DELETED' && isPending(object as PodObject);
}

/** Heartbeats change nothing that the scheduler looks at. */
function changesFit({ type, object, old }: StoreEvent): boolean {
  if (type !== 'MODIFIED' || !old) return type === 'ADDED';
  return fitOf(object as NodeObject) !== fitOf(old as NodeObject);
}

function fitOf(node: NodeObject): string {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return JSON.stringify([node.spec?.unschedulable, node.spec?.taints, node.metadata.labels, ready]);
}

function bind(context: ControllerContext, pod: PodObject, node: NodeObject): void {
  const { namespace, name, uid } = pod.metadata;
  context.api.update(
    'pods',
    {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node.metadata.name },
    },
    { subresource: 'binding' },
  );
  const message = `Successfully assigned ${namespace ?? ''}/${name} to ${node.metadata.name}`;
  recordEvent(context, COMPONENT, { about: pod, type: 'Normal', reason: 'Scheduled', message });
}

/** Says once per reason why the pod waits. */
function explain(context: ControllerContext, pod: PodObject, message: string): void {
  const said = podCondition(pod, 'PodScheduled');
  if (said?.status === 'False' && said.message === message) return;
  const { namespace, name } = pod.metadata;
  const condition = {
    type: 'PodScheduled',
    status: 'False' as const,
    lastProbeTime: null,
    lastTransitionTime: said?.status === 'False' ? said.lastTransitionTime : kubeTime(context.clock.now()),
    reason: 'Unschedulable',
    message,
  };
  context.api.modify(
    'pods',
    namespace,
    name,
    (copy) => {
      const next = copy as PodObject;
      if (!isPending(next)) return false;
      const others = (next.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
      next.status = { ...next.status, conditions: withCondition(others, condition) };
      return true;
    },
    { subresource: 'status' },
  );
  recordEvent(context, COMPONENT, { about: pod, type: 'Warning', reason: 'FailedScheduling', message });
}
