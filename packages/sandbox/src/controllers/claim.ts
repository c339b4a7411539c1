import type { ClusterApi } from '../api/store.js';
import type { KubeObject, LabelSelector } from '../objects.js';
import { controllerOf, controllerRef, isControlledBy } from './owner.js';
import { matchesSelector } from './selector.js';

/** Who claims which objects. */
export interface Claim {
  readonly api: ClusterApi;
  readonly owner: KubeObject;
  readonly selector: LabelSelector;
  readonly resource: string;
}

/**
 * Those of `candidates` that belong to the owner. Objects without a controller that fit its selector are adopted, its
 * own that no longer fit are released; an owner under deletion does neither.
 */
export function claimObjects<T extends KubeObject>(claim: Claim, candidates: Iterable<T>): T[] {
  const { owner } = claim;
  const claimed: T[] = [];
  for (const object of candidates) {
    const fits = matchesSelector(claim.selector, object.metadata.labels);
    if (isControlledBy(object, owner)) {
      if (fits) claimed.push(object);
      else if (!owner.metadata.deletionTimestamp) release(claim, object);
    } else if (fits && !controllerOf(object) && !isGoing(object) && !isGoing(owner)) {
      const adopted = adopt(claim, object);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

function isGoing(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function adopt<T extends KubeObject>({ api, owner, resource }: Claim, object: T): T | undefined {
  const { namespace, name, uid } = object.metadata;
  let adopted = false;
  const stored = api.modify(resource, namespace, name, (copy) => {
    adopted = copy.metadata.uid === uid && !controllerOf(copy);
    if (adopted)
      copy.metadata.ownerReferences = [...(copy.metadata.ownerReferences ?? []), controllerRef(owner)];
    return adopted;
  });
  return adopted ? (stored as T | undefined) : undefined;
}

function release({ api, owner, resource }: Claim, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  api.modify(resource, namespace, name, (copy) => {
    if (!isControlledBy(copy, owner)) return false;
    copy.metadata.ownerReferences = (copy.metadata.ownerReferences ?? []).filter(
      (reference) => reference.uid !== owner.metadata.uid,
    );
    return true;
  });
}
