import type { KubeObject, OwnerReference } from '../objects.js';

/** The reference by which a controller owns what it makes. */
export function controllerRef(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The reference to the controller that owns an object, if one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller);
}

/** Whether `owner`, this very incarnation of it, controls `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The queue key of the controller of an object, when it is of `kind`. */
export function controllerKey(object: KubeObject, kind: string): string | undefined {
  const reference = controllerOf(object);
  return reference?.kind === kind ? `${object.metadata.namespace ?? ''}/${reference.name}` : undefined;
}
