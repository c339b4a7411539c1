import type { KubeObject } from '../../objects.js';
import { messageOf } from '../protobuf/messages.js';
import { ApiStatus } from '../status.js';
import { isObject } from '../storage/json.js';
import { badPatch, type JsonObject } from './json.js';
import { jsonPatch } from './json-patch.js';
import { mergePatch } from './merge-patch.js';
import { strategicMerge } from './strategic-merge.js';

/** The media types of patches that this API server takes. */
const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';

/**
 * The object with the patch applied, as a copy; `current` is not changed. Refusals are `ApiStatus`: 400 for a patch
 * that cannot be read, 415 for another media type, 422 for one that does not fit the object.
 */
export function applyPatch(contentType: string, current: KubeObject, patch: unknown): KubeObject {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  try {
    return checked(structuredClone(patched(type, current, patch)), current);
  } catch (cause) {
    // Bodies are bounded in bytes, not in depth.
    if (cause instanceof RangeError) throw badPatch('exceeded max depth of the patch');
    throw cause;
  }
}

function patched(type: string, current: KubeObject, patch: unknown): unknown {
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatch(current, patch);
    case 'application/merge-patch+json':
      return mergePatch(current, objectPatch(patch));
    case 'application/strategic-merge-patch+json':
      return strategicMerge(current, objectPatch(patch), messageOf(current.apiVersion, current.kind));
    case SERVER_SIDE_APPLY:
      throw unsupported(
        `server-side apply (${SERVER_SIDE_APPLY}) is not supported by this API server: apply without --server-side`,
      );
    default:
      throw unsupported('the body of the request was in an unknown format');
  }
}

function objectPatch(patch: unknown): JsonObject {
  if (!isObject(patch))
    throw badPatch('error decoding patch: invalid JSON document: a patch must be a JSON object');
  return patch;
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
    `${reason} - accepted media types include: ${PATCH_TYPES.join(', ')}`,
  );
}
