import { copyJson, equalJson } from '../../api/storage/json.js';
import type { DeploymentObject, PodTemplate, ReplicaSetObject } from '../objects.js';
import { controllerRef } from '../owner.js';
import { canonicalJson, safeEncode } from '../template-hash.js';
import { maxSurge } from './limits.js';

/** Annotation with the number of a rollout; `kubectl rollout history` and `undo` read it. */
export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
/** What the Deployment asked for when the ReplicaSet was last scaled: a difference is a scaling event. */
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
/** Replicas plus surge at that time: the base of proportional scaling. */
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** Label that keeps the pods of one template apart. */
const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

/** The ReplicaSet whose template is that of the Deployment; the oldest, if there are several. */
export function findNewReplicaSet(
  deployment: DeploymentObject,
  sets: readonly ReplicaSetObject[],
): ReplicaSetObject | undefined {
  const wanted = withoutHash(deployment.spec.template);
  return [...sets].sort(byAge).find((set) => equalJson(withoutHash(set.spec.template), wanted));
}

/** Orders ReplicaSets from old to new. */
export function byAge(a: ReplicaSetObject, b: ReplicaSetObject): number {
  const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (x !== y) return x < y ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The number of a ReplicaSet's rollout; 0 when it has none. */
export function revisionOf(set: ReplicaSetObject): number {
  const revision = Number(set.metadata.annotations?.[REVISION]);
  return Number.isInteger(revision) ? revision : 0;
}

/** The hash of a pod template (FNV-1a over its canonical JSON), in letters that are safe in names. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  const text = canonicalJson(template) + (collisionCount > 0 ? `#${collisionCount}` : '');
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return safeEncode(hash);
}

/** A ReplicaSet for the Deployment's present template, with no replicas yet. */
export function newReplicaSet(deployment: DeploymentObject, revision: number): ReplicaSetObject {
  const { spec, metadata, status } = deployment;
  const hash = templateHash(spec.template, status?.collisionCount ?? 0);
  const template = copyJson(spec.template);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const set: ReplicaSetObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: {},
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: {
        ...copyJson(spec.selector),
        matchLabels: { ...spec.selector.matchLabels, [TEMPLATE_HASH]: hash },
      },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  syncAnnotations(set, deployment, revision);
  setReplicasAnnotations(set, deployment);
  return set;
}

/** Whether a template is the one a ReplicaSet was made from. */
export function sameTemplate(set: ReplicaSetObject, deployment: DeploymentObject): boolean {
  return equalJson(withoutHash(set.spec.template), withoutHash(deployment.spec.template));
}

/**
 * Copies the Deployment's annotations to its new ReplicaSet and raises the revision; a ReplicaSet that is rolled back
 * to keeps its former revisions in a list.
 */
export function syncAnnotations(set: ReplicaSetObject, deployment: DeploymentObject, revision: number): void {
  const annotations = { ...set.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  }
  const before = annotations[REVISION];
  if (revisionOf(set) < revision) {
    annotations[REVISION] = String(revision);
    if (before !== undefined) {
      const history = annotations[REVISION_HISTORY];
      annotations[REVISION_HISTORY] = history ? `${history},${before}` : before;
    }
  }
  set.metadata.annotations = annotations;
}

/** Notes what the Deployment asks for now. */
export function setReplicasAnnotations(set: ReplicaSetObject, deployment: DeploymentObject): void {
  const replicas = deployment.spec.replicas ?? 1;
  set.metadata.annotations = {
    ...set.metadata.annotations,
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + maxSurge(deployment)),
  };
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
