import type { ClusterApi, StoreEvent } from '../api/store.js';
import type { KubeObject, LabelSelector } from '../objects.js';
import { keyOf } from './controller.js';
import { controllerKey, controllerOf } from './owner.js';
import { matchesSelector } from './selector.js';

/** A kind whose objects own others, which they find by a selector. */
export interface OwnerKind {
  readonly resource: string;
  readonly kind: string;
}

/**
 * Whom a change of an owned object concerns: the owner before and after, and, for one without a controller, every
 * owner that would adopt it.
 */
export function ownersOf(
  api: ClusterApi,
  { resource, kind }: OwnerKind,
  { type, object, old }: StoreEvent,
): Set<string> {
  const keys = new Set<string>();
  for (const form of [object, old]) {
    const key = form && controllerKey(form, kind);
    if (key) keys.add(key);
  }
  if (controllerOf(object) || type === 'DELETED') return keys;
  for (const owner of api.list(resource, object.metadata.namespace)) {
    if (matchesSelector(selectorOf(owner), object.metadata.labels)) keys.add(keyOf(owner));
  }
  return keys;
}

function selectorOf(owner: KubeObject): LabelSelector | undefined {
  return (owner.spec as { selector?: LabelSelector } | undefined)?.selector;
}
