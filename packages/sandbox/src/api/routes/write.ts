import type { KubeObject } from '../../objects.js';
import { goText } from '../go-text.js';
import type { Answer } from '../http/answer.js';
import { decodeObject, decodePatch } from '../http/body.js';
import type { ResourceContext } from '../http/context.js';
import { representationOf, representList } from '../http/representation.js';
import { conform } from '../kinds/shape.js';
import type { KindInfo } from '../kinds.js';
import { applyPatch, isApply, isStrategic, unreadable } from '../patch/index.js';
import { badRequest, notFound } from '../refusals.js';
import { setTypeMeta } from '../storage/metadata.js';
import type { WriteOptions } from '../store.js';
import { applyObject } from './apply.js';
import { parseSelection } from './list-options.js';
import { checkPatched } from './patched.js';
import { existing, objectAnswer } from './read.js';
import { parseDeleteOptions, parseForce, parseWriteOptions, unknownFields } from './write-options.js';

/** POST of a new object. */
export async function createObject(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { services, target } = context;
  const { fieldValidation, ...write } = parseWriteOptions(context, 'CreateOptions');
  const object = await sentObject(context, kind);
  const warnings = unknownFields(kind, object, fieldValidation);
  if (kind.namespaced) object.metadata.namespace = namespaceOf(object, target.namespace);
  const created = services.cluster.create(kind.resource, toStored(kind, object), write);
  return {
    ...objectAnswer(context, kind, created),
    code: 201,
    warnings: [...warnings, ...warningsOf(kind, created)],
  };
}

function warningsOf(kind: KindInfo, written: KubeObject): string[] {
  return kind.warnings?.(written) ?? [];
}

/** PUT of a whole object or of its status. */
export async function updateObject(
  context: ResourceContext,
  kind: KindInfo,
  subresource?: 'status' | 'finalize',
): Promise<Answer> {
  const { services, target } = context;
  const { fieldValidation, ...write } = parseWriteOptions(context, 'UpdateOptions');
  const object = await sentObject(context, kind);
  const warnings = unknownFields(kind, object, fieldValidation);
  const { name = '' } = target;
  object.metadata.name ||= name;
  if (object.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.namespaced) object.metadata.namespace = namespaceOf(object, target.namespace);
  const options: WriteOptions = { ...write, ...(subresource ? { subresource } : {}) };
  const stored = kind.conversion && existing(context, kind);
  const updated = services.cluster.update(kind.resource, toStored(kind, object, stored), options);
  return { ...objectAnswer(context, kind, updated), warnings: [...warnings, ...warningsOf(kind, updated)] };
}

/** PATCH of an object or of its status, on the newest state: it conflicts only by a resourceVersion inside the patch. */
export async function patchObject(
  context: ResourceContext,
  kind: KindInfo,
  subresource?: 'status',
): Promise<Answer> {
  if (isApply(context.headers['content-type'])) return applyObject(context, kind, subresource);
  const { services, query } = context;
  const { fieldValidation, ...write } = parseWriteOptions(context, 'PatchOptions');
  parseForce(query, false);
  const patch = await sentPatch(context);
  const stored = existing(context, kind);
  const current = kind.conversion?.fromStored(stored) ?? stored;
  const next = patch.apply(current);
  const warnings = checkPatched(kind, next, { patch, fieldValidation });
  checkIdentity(current, next);
  const options: WriteOptions = { ...write, ...(subresource ? { subresource } : {}) };
  const patched = services.cluster.update(kind.resource, toStored(kind, next, stored), options);
  return { ...objectAnswer(context, kind, patched), warnings: [...warnings, ...warningsOf(kind, patched)] };
}

/** A patch that was read. */
export interface SentPatch {
  apply(current: KubeObject): KubeObject;
  /** The patch as Go prints it, where refusals show that; undefined: they show the patched object. */
  readonly text: string | undefined;
}

/** Reads the patch of a request. */
export async function sentPatch(context: ResourceContext): Promise<SentPatch> {
  const contentType = context.headers['content-type'] ?? '';
  const patch = decodePatch(await context.body(), unreadable(contentType));
  return {
    apply: (current) => applyPatch(contentType, current, patch),
    text: isStrategic(contentType) ? goText(patch) : undefined,
  };
}

/** What is written in a version of its kind as the version that is stored. */
function toStored(kind: KindInfo, object: KubeObject, stored?: KubeObject): KubeObject {
  if (!kind.conversion) return object;
  setTypeMeta(kind, object);
  conform(kind, object);
  return kind.conversion.toStored(object, stored);
}

function checkIdentity(current: KubeObject, next: KubeObject): void {
  const { name, namespace } = current.metadata;
  if (next.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (next.metadata.namespace !== namespace) throw namespaceMismatch();
}

/** DELETE of one object. */
export async function deleteObject(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { services, target } = context;
  const { namespace, name = '' } = target;
  const options = await parseDeleteOptions(context);
  const deleted = services.cluster.delete(kind.resource, namespace, name, options);
  if (!deleted) throw notFound(kind, name);
  const left = services.cluster.get(kind.resource, namespace, name);
  // As upstream: pods, and whatever is still there, are shown; of the rest only the success is told.
  if (left || kind.resource === 'pods') return objectAnswer(context, kind, deleted);
  return { code: 200, body: success({ name, kind, uid: deleted.metadata.uid }) };
}

/** DELETE of all objects that are selected. */
export async function deleteCollection(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { services, target, query } = context;
  const representation = representationOf(context);
  const selection = parseSelection(query, kind.resource, target.name);
  const options = await parseDeleteOptions(context);
  const namespace = kind.namespaced ? target.namespace : undefined;
  const selected = services.cluster.list(kind.resource, namespace).filter(selection.matches);
  for (const { metadata } of selected) {
    services.cluster.delete(kind.resource, metadata.namespace, metadata.name, options);
  }
  const meta = { resourceVersion: String(services.cluster.resourceVersion) };
  const scope = { kind, representation, nowMs: services.clock.now() };
  return { code: 200, body: representList(selected, meta, scope) };
}

interface Deleted {
  readonly name: string;
  readonly kind: KindInfo;
  readonly uid: string | undefined;
}

function success({ name, kind, uid }: Deleted): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(kind.group ? { group: kind.group } : {}), kind: kind.resource, uid },
  };
}

/** The object in the body of a write. */
export async function sentObject(
  context: ResourceContext,
  kind: Pick<KindInfo, 'kind'>,
): Promise<KubeObject> {
  return decodeObject(await context.body(), context.headers['content-type'], kind);
}

function namespaceOf(object: KubeObject, namespace: string | undefined): string {
  if (object.metadata.namespace && object.metadata.namespace !== namespace) throw namespaceMismatch();
  return namespace ?? '';
}

function namespaceMismatch() {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
