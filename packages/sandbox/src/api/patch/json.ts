import { ApiStatus } from '../status.js';

/** A JSON object that is not null and not a list. */
export type JsonObject = { [key: string]: unknown };

/**
 * Sets a key as data. Plain assignment of `__proto__` would change the prototype instead, and a patch is untrusted
 * input.
 */
export function setKey(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** The value of an own key; undefined for what the prototype has. */
export function getKey(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A patch that cannot be applied: 400 in the API server's words. */
export function badPatch(message: string): ApiStatus {
  return new ApiStatus(400, 'BadRequest', message);
}

/** A patch that can be read but does not fit the object: 422, with what did not fit as its cause. */
export function unprocessablePatch(message: string): ApiStatus {
  return new ApiStatus(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ message, field: 'patch' }],
  });
}
