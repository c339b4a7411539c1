import { randomInt, randomUUID } from 'node:crypto';
import type { KubeObject, ObjectMeta } from '../../objects.js';
import { kubeTime } from '../clock.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, invalid } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { equalJson, isObject } from './json.js';

/** Upstream's alphabet of generated names: no vowels, so that no words appear. */
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
/** Names are at most 63 characters where they become labels; five are the generated suffix. */
const MAX_GENERATED_BASE = 58;

/** `base` with five random characters, as `generateName` makes it. */
function generatedName(base: string): string {
  let suffix = '';
  for (let i = 0; i < 5; i++) suffix += NAME_ALPHABET[randomInt(NAME_ALPHABET.length)];
  return base.slice(0, MAX_GENERATED_BASE) + suffix;
}

/** `apps/v1`; `v1` for the core group. */
export function apiVersionOf(kind: Pick<KindInfo, 'group' | 'version'>): string {
  return kind.group ? `${kind.group}/${kind.version}` : kind.version;
}

/**
 * Completes apiVersion and kind, or refuses an object of another kind or without readable metadata. Lists and maps of
 * the metadata that are empty are left out, as Go's `omitempty` has it.
 */
export function setTypeMeta(kind: KindInfo, object: KubeObject): void {
  const expected = apiVersionOf(kind);
  const apiVersion: unknown = object.apiVersion || expected;
  const name: unknown = object.kind || kind.kind;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  const { version } = kind;
  const refused = `${String(name)} in version "${version}" cannot be handled as a ${kind.kind}: `;
  if (name !== kind.kind) {
    throw badRequest(
      `${refused}converting (${version}.${String(name)}) to (${version}.${kind.kind}): unknown conversion`,
    );
  }
  object.apiVersion = expected;
  object.kind = kind.kind;
  const metadata: unknown = object.metadata ?? {};
  if (!isObject(metadata)) {
    throw badRequest(
      `${refused}json: cannot unmarshal into Go struct field ${name}.metadata of type v1.ObjectMeta`,
    );
  }
  for (const field of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion']) {
    const value = metadata[field] ?? '';
    if (typeof value === 'string') continue;
    throw badRequest(
      `${refused}json: cannot unmarshal ${typeof value} into Go struct field ObjectMeta.metadata.${field} of type string`,
    );
  }
  object.metadata = Object.assign(metadata, { name: typeof metadata.name === 'string' ? metadata.name : '' });
  for (const field of ['ownerReferences', 'finalizers', 'labels', 'annotations', 'managedFields'] as const) {
    const value: unknown = metadata[field];
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
      delete metadata[field];
  }
}

/** Sets the metadata that belongs to the server, for a new object. */
export function initMetadata(kind: KindInfo, object: KubeObject, nowMs: number): void {
  const meta = object.metadata;
  // Upstream's storage says it, which no layer above turns into a refusal of the client's.
  if (meta.resourceVersion)
    throw new ApiStatus(500, '', 'resourceVersion should not be set on objects to be created');
  if (!meta.name && meta.generateName) meta.name = generatedName(meta.generateName);
  if (!kind.namespaced) delete meta.namespace;
  meta.uid = randomUUID();
  meta.creationTimestamp = kubeTime(nowMs);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  dropSelfLink(meta);
  if (hasGeneration(kind, object)) meta.generation = 1;
  else delete meta.generation;
}

/** Metadata of an update that belongs to the server is taken from the stored object. */
export function keepServerMetadata(object: KubeObject, old: KubeObject): void {
  const meta = object.metadata;
  const kept: Partial<ObjectMeta> = {
    uid: old.metadata.uid,
    creationTimestamp: old.metadata.creationTimestamp,
    deletionTimestamp: old.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: old.metadata.deletionGracePeriodSeconds,
    generation: old.metadata.generation,
    generateName: old.metadata.generateName,
    resourceVersion: old.metadata.resourceVersion,
  };
  Object.assign(meta, kept);
  for (const key of Object.keys(kept) as (keyof ObjectMeta)[]) {
    if (meta[key] === undefined) delete meta[key];
  }
  dropSelfLink(meta);
}

/** `selfLink` no longer exists. */
function dropSelfLink(meta: ObjectMeta): void {
  delete (meta as ObjectMeta & { selfLink?: unknown }).selfLink;
}

/** Kinds with a spec whose generation upstream leaves unset. */
const WITHOUT_GENERATION = new Set(['services', 'namespaces', 'nodes', 'leases', 'serviceaccounts']);

function hasGeneration(kind: KindInfo, object: KubeObject): boolean {
  if (WITHOUT_GENERATION.has(kind.resource)) return false;
  return kind.resource === 'endpointslices' || object.spec !== undefined;
}

/** What a user may wish of an object; which node a pod is bound to is the scheduler's. */
function wanted({ metadata, status, ...rest }: KubeObject): object {
  if (rest.kind !== 'Pod' || !isObject(rest.spec)) return rest;
  const { nodeName, ...spec } = rest.spec;
  return { ...rest, spec };
}

/** Counts the generation up when what is wished differs. */
export function bumpGeneration(kind: KindInfo, object: KubeObject, old: KubeObject): void {
  if (!hasGeneration(kind, object)) return;
  if (!equalJson(wanted(object), wanted(old)))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Once deletion has begun, finalizers may only go away. */
export function checkFinalizers(kind: KindInfo, object: KubeObject, old: KubeObject): void {
  if (!old.metadata.deletionTimestamp) return;
  const before = new Set(old.metadata.finalizers ?? []);
  const added = (object.metadata.finalizers ?? []).filter((name) => !before.has(name));
  if (added.length === 0) return;
  const list = added.map((name) => `"${name}"`).join(', ');
  const message =
    'Forbidden: no new finalizers can be added if the object is being deleted, ' +
    `found new finalizers []string{${list}}`;
  const error = { field: 'metadata.finalizers', reason: 'FieldValueForbidden', message };
  throw invalid(kind, object.metadata.name, [error]);
}
