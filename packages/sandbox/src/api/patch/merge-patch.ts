import { isObject } from '../storage/json.js';
import { getKey, type JsonObject, setKey } from './json.js';

/**
 * RFC 7386: objects merge key by key, null removes a key, everything else replaces. Neither argument is changed; the
 * result may share parts with both.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setKey(result, key, mergePatch(getKey(result, key), value));
  }
  return result;
}
