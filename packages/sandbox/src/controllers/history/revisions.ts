import { copyJson, equalJson } from '../../api/storage/json.js';
import type { ClusterApi } from '../../api/store.js';
import type { KubeObject, LabelSelector } from '../../objects.js';
import { claimObjects } from '../claim.js';
import { isAlreadyExists } from '../controller.js';
import type { PodTemplate } from '../objects.js';
import { controllerRef } from '../owner.js';
import { canonicalJson, safeEncode } from '../template-hash.js';

/** A pod template that a StatefulSet or DaemonSet once had; `revision` grows with each rollout. */
export interface RevisionObject extends KubeObject {
  /** A strategic merge patch that brings the owner back to this template: `kubectl rollout undo` sends it as it is. */
  data: { spec: { template: PodTemplate } };
  revision: number;
}

/** What keeps its history in ControllerRevisions. */
export interface RevisionOwner extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplate; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

/** An owner with the label in which its revisions carry their hash. */
export interface History {
  readonly api: ClusterApi;
  readonly owner: RevisionOwner;
  readonly hashLabel: string;
}

/** Label of a pod that says which revision it is of. */
export const REVISION_HASH = 'controller-revision-hash';
/** So that a name with the hash stays within 253 characters, as upstream. */
const MAX_PREFIX = 223;
const RESOURCE = 'controllerrevisions';

/** The owner's revisions from old to new; those without an owner that fit are adopted. */
export function listRevisions({ api, owner }: History): RevisionObject[] {
  const candidates = api.list(RESOURCE, owner.metadata.namespace) as readonly RevisionObject[];
  const claim = { api, owner, selector: owner.spec.selector, resource: RESOURCE };
  return claimObjects(claim, candidates).sort(byRevision);
}

function byRevision(a: RevisionObject, b: RevisionObject): number {
  const created = (each: RevisionObject): string => each.metadata.creationTimestamp ?? '';
  return (
    a.revision - b.revision ||
    compareText(created(a), created(b)) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The pod template that a revision holds. */
export function templateOf({ data }: RevisionObject): PodTemplate {
  const template = copyJson(data.spec.template) as PodTemplate & { $patch?: string };
  delete template.$patch;
  return template;
}

/** The revision of the owner's present template, and how often a name was taken by another template. */
interface UpdateRevision {
  readonly revision: RevisionObject;
  readonly collisionCount: number;
}

/**
 * Finds the revision of the owner's template among `revisions` (from old to new), or makes it. An older one that fits is
 * made the newest: that is how a rollback is told from a rollout.
 */
export function ensureRevision(history: History, revisions: readonly RevisionObject[]): UpdateRevision {
  const { api, owner } = history;
  const collisionCount = owner.status?.collisionCount ?? 0;
  const newest = revisions.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const data = patchOf(owner.spec.template);
  const equal = revisions.findLast((each) => equalJson(each.data, data));
  if (!equal) return createRevision(history, next, collisionCount);
  if (equal === newest) return { revision: equal, collisionCount };
  const { namespace, name } = equal.metadata;
  const raised = api.modify(RESOURCE, namespace, name, (copy) => {
    copy.revision = next;
  });
  return { revision: (raised as RevisionObject | undefined) ?? equal, collisionCount };
}

function createRevision(history: History, revision: number, collisionCount: number): UpdateRevision {
  const { api } = history;
  for (let collisions = collisionCount; ; collisions++) {
    const made = newRevision(history, revision, collisions);
    try {
      return { revision: api.create(RESOURCE, made) as RevisionObject, collisionCount: collisions };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { namespace, name } = made.metadata;
      const other = api.get(RESOURCE, namespace, name) as RevisionObject | undefined;
      if (other && equalJson(other.data, made.data)) return { revision: other, collisionCount: collisions };
    }
  }
}

function newRevision(
  { owner, hashLabel }: History,
  revision: number,
  collisionCount: number,
): RevisionObject {
  const { name, namespace, annotations } = owner.metadata;
  const data = patchOf(owner.spec.template);
  const hash = safeEncode(fnv1(canonicalJson(data) + collisionCount));
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, MAX_PREFIX)}-${hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
      annotations: { ...annotations },
      ownerReferences: [controllerRef(owner)],
    },
    data,
    revision,
  };
}

function patchOf(template: PodTemplate): RevisionObject['data'] {
  const replaced = { ...copyJson(template), $patch: 'replace' };
  return { spec: { template: replaced } };
}

/** FNV-1 in 32 bits, as upstream names revisions. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash;
}

/** Deletes the oldest revisions beyond revisionHistoryLimit; those that are `live` neither count nor go. */
export function truncateHistory(
  { api, owner }: History,
  revisions: readonly RevisionObject[],
  live: ReadonlySet<string>,
): void {
  const history = revisions.filter(({ metadata }) => !live.has(metadata.name));
  const surplus = Math.max(0, history.length - (owner.spec.revisionHistoryLimit ?? 10));
  for (const { metadata } of history.slice(0, surplus)) {
    api.delete(RESOURCE, metadata.namespace, metadata.name, { uid: metadata.uid ?? '' });
  }
}
