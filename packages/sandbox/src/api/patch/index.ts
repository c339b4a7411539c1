import type { KubeObject } from '../../objects.js';
import { jsonType } from '../kinds/scalars.js';
import { messageOf } from '../protobuf/messages.js';
import { ApiStatus } from '../status.js';
import { isObject } from '../storage/json.js';
import { badPatch, type JsonObject } from './json.js';
import { jsonPatch } from './json-patch.js';
import { mergePatch } from './merge-patch.js';
import { strategicMerge } from './strategic-merge.js';

const STRATEGIC = 'application/strategic-merge-patch+json';

const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';

/** The media types of patches that this API server takes. */
export const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  STRATEGIC,
  SERVER_SIDE_APPLY,
];

/** Whether a body is no patch but a configuration to apply. */
export function isApply(contentType: string | undefined): boolean {
  return patchType(contentType ?? '') === SERVER_SIDE_APPLY;
}

/**
 * The object with the patch applied, as a copy; `current` is not changed. Refusals are `ApiStatus`: 400 for a patch
 * that cannot be read, 415 for another media type, 422 for one that does not fit the object.
 */
export function applyPatch(contentType: string, current: KubeObject, patch: unknown): KubeObject {
  const type = patchType(contentType);
  try {
    return checked(structuredClone(patched(type, current, patch)), current);
  } catch (cause) {
    // Bodies are bounded in bytes, not in depth.
    if (cause instanceof RangeError) throw badPatch('exceeded max depth of the patch');
    throw cause;
  }
}

const patchType = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();

/** Whether a patch merges lists by their keys; then upstream shows the patch in refusals, else the patched object. */
export function isStrategic(contentType: string): boolean {
  return patchType(contentType) === STRATEGIC;
}

/** What stands before the reason why a patch cannot be read: upstream leaves it out of strategic merge patches. */
export function unreadable(contentType: string): string {
  return isStrategic(contentType) ? '' : 'error decoding patch: ';
}

function patched(type: string, current: KubeObject, patch: unknown): unknown {
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatch(current, patch);
    case 'application/merge-patch+json':
      return mergePatch(current, objectPatch(type, patch));
    case STRATEGIC:
      return strategicMerge(current, objectPatch(type, patch), messageOf(current.apiVersion, current.kind));
    case SERVER_SIDE_APPLY:
      throw unsupported(`${SERVER_SIDE_APPLY} is taken by objects and their status alone`);
    default:
      throw unsupported('the body of the request was in an unknown format');
  }
}

function objectPatch(type: string, patch: unknown): JsonObject {
  if (isObject(patch)) return patch;
  if (patch === null && type === STRATEGIC) return {};
  if (patch === null) throw badPatch('Invalid JSON Patch');
  const why = `json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`;
  throw badPatch(unreadable(type) + why);
}

/** A patch may not turn one object into another. */
function checked(result: unknown, current: KubeObject): KubeObject {
  if (!isObject(result)) throw badPatch('the patched object is not a JSON object');
  const { apiVersion, kind, metadata } = result;
  if (apiVersion !== current.apiVersion || kind !== current.kind) {
    throw badPatch(
      `the patched object is a ${typeof kind === 'string' ? kind : JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}; expected a ${current.kind} in version ${JSON.stringify(current.apiVersion)}`,
    );
  }
  if (!isMetadata(metadata))
    throw badPatch('metadata: Required value: the patch removes the name of the object');
  return { ...result, apiVersion, kind, metadata };
}

function isMetadata(value: unknown): value is KubeObject['metadata'] {
  return isObject(value) && typeof value.name === 'string';
}

function unsupported(reason: string): ApiStatus {
  return new ApiStatus(
    415,
    'UnsupportedMediaType',
    `${reason} - accepted media types include: ${PATCH_TYPES.filter((type) => !isApply(type)).join(', ')}`,
  );
}
