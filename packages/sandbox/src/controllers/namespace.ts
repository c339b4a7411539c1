import { kubeTime } from '../api/clock.js';
import type { KindInfo } from '../api/kinds.js';
import type { KubeObject } from '../objects.js';
import { withCondition } from './conditions.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from './controller.js';
import type { Condition } from './objects.js';

/** The finalizer that keeps a namespace until its content is gone. */
const FINALIZER = 'kubernetes';

interface NamespaceObject extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string; conditions?: Condition[] };
}

/** Empties namespaces under deletion, then lets them go. */
export function createNamespaceController(
  context: ControllerContext,
  kinds: readonly KindInfo[],
): Controller {
  const { api } = context;
  const content = kinds.filter((kind) => kind.namespaced && kind.verbs.includes('list'));

  function reconcile(key: string): undefined {
    const { name } = splitKey(key);
    const namespace = api.get('namespaces', undefined, name) as NamespaceObject | undefined;
    if (!namespace?.metadata.deletionTimestamp) return;
    for (const { resource } of content) {
      for (const { metadata } of api.list(resource, name)) {
        if (metadata.deletionTimestamp) continue;
        api.delete(resource, name, metadata.name, { uid: metadata.uid, propagationPolicy: 'Background' });
      }
    }
    const left = content
      .map(({ resource }) => ({ resource, count: api.list(resource, name).length }))
      .filter(({ count }) => count > 0);
    if (left.length > 0) report(context, name, left);
    else finalize(namespace);
  }

  function finalize(namespace: NamespaceObject): void {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    const next = { ...namespace, spec: { ...namespace.spec, finalizers } };
    api.update('namespaces', next, { subresource: 'finalize' });
  }

  return createController({
    ...context,
    name: 'namespace',
    watches: [
      watchSelf('namespaces'),
      // Pods end in their own time; each object that goes may have been the last.
      ...content.map(({ resource }) => ({
        resource,
        keys: ({ type, object }: { type: string; object: KubeObject }) =>
          type === 'DELETED' ? [`/${object.metadata.namespace ?? ''}`] : [],
      })),
    ],
    reconcile,
  });
}

/** Says in the status what the namespace waits for, in upstream's words. */
function report(
  { api, clock }: ControllerContext,
  name: string,
  left: readonly { readonly resource: string; readonly count: number }[],
): void {
  const parts = left.map(({ resource, count }) => `${resource}. has ${count} resource instances`);
  const condition: Condition = {
    type: 'NamespaceContentRemaining',
    status: 'True',
    lastTransitionTime: kubeTime(clock.now()),
    reason: 'SomeResourcesRemain',
    message: `Some resources are remaining: ${parts.join(', ')}`,
  };
  const change = (copy: KubeObject): boolean => {
    const status = (copy as NamespaceObject).status ?? {};
    const before = status.conditions ?? [];
    const same = before.some(({ type, message }) => type === condition.type && message === condition.message);
    if (same) return false;
    const others = before.filter(({ type }) => type !== condition.type);
    copy.status = { ...status, conditions: withCondition(others, condition) };
    return true;
  };
  api.modify('namespaces', undefined, name, change, { subresource: 'status' });
}
