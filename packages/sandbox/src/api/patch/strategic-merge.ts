import { type Field, type Message, messageByName } from '../protobuf/messages.js';
import { isObject } from '../storage/json.js';
import { badPatch, getKey, type JsonObject, setKey } from './json.js';
import { type IdentityOf, orderMerged } from './list-order.js';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

/**
 * Kubernetes' strategic merge patch: a merge patch whose lists merge by the key that the API declares for them
 * (`containers` by name, Service `ports` by port). Lists without a declared key are replaced. Neither argument is
 * changed; the result may share parts with both.
 */
export function strategicMerge(
  target: JsonObject,
  patch: JsonObject,
  message: Message | undefined,
): JsonObject {
  const directive = getKey(patch, PATCH);
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive);
  const result = retainKeys(target, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM)) deleteScalars(result, key.slice(DELETE_FROM.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    if (value === null) delete result[key];
    else mergeKey(result, key, { value, message, order: getKey(patch, SET_ORDER + key) });
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(SET_ORDER)) continue;
    const name = key.slice(SET_ORDER.length);
    if (getKey(patch, name) === undefined) reorder(result, name, { order, message });
  }
  return result;
}

interface KeyPatch {
  readonly value: unknown;
  readonly message: Message | undefined;
  /** The `$setElementOrder` list of this key. */
  readonly order: unknown;
}

function mergeKey(result: JsonObject, key: string, { value, message, order }: KeyPatch): void {
  const old = getKey(result, key);
  const field = message?.byName.get(key);
  if (isObject(value)) {
    setKey(result, key, mergeValue(old, value, field?.shape === 'one' ? field : undefined));
    if (getKey(value, PATCH) === 'delete') delete result[key];
  } else if (Array.isArray(value) && field?.mergeKey !== undefined) {
    const merged = mergeList(Array.isArray(old) ? old : [], value, field);
    if (order !== undefined) checkOrder(value, order, field);
    setKey(result, key, Array.isArray(order) ? ordered(merged, order, { field, old }) : merged);
  } else {
    setKey(result, key, withoutDirectivesIn(value));
  }
}

function mergeValue(old: unknown, patch: JsonObject, field: Field | undefined): JsonObject {
  const message = field?.message === undefined ? undefined : messageByName(field.message);
  // What was not there before is merged into nothing, which leaves nulls and directives out.
  return strategicMerge(isObject(old) ? old : {}, patch, message);
}

function mergeList(old: readonly unknown[], patch: readonly unknown[], field: Field): unknown[] {
  const identityOf = identity(field);
  if (field.mergeKey === '') {
    const merged = [...new Set([...old, ...patch])];
    return orderMerged(merged, patch, { oldOrder: old, identityOf });
  }
  const { kept, items, replace } = takeDirectives(old, patch, field);
  if (replace) return items;
  const merged = [...kept];
  for (const item of items) {
    const at = merged.findIndex((each) => identityOf(each) === identityOf(item));
    if (at < 0) merged.push(mergeValue(undefined, item, field));
    else merged[at] = mergeValue(merged[at], item, field);
  }
  return orderMerged(merged, items, { oldOrder: kept, identityOf });
}

/** Carries out `$patch: delete` and notes `$patch: replace` among the items; what is left are items to merge. */
function takeDirectives(old: readonly unknown[], patch: readonly unknown[], field: Field) {
  const identityOf = identity(field);
  const items: JsonObject[] = [];
  const deleted = new Set<unknown>();
  let replace = false;
  for (const item of patch) {
    if (!isObject(item))
      throw badPatch(`${field.name}: expected an object in the list, got ${JSON.stringify(item)}`);
    const directive = getKey(item, PATCH);
    if (directive === 'replace') {
      replace = true;
      continue;
    }
    if (directive !== undefined && directive !== 'delete') throw unknownDirective(directive);
    if (getKey(item, field.mergeKey ?? '') === undefined) throw noMergeKey(item, field);
    if (directive === 'delete') deleted.add(identityOf(item));
    else items.push(item);
  }
  return {
    kept: old.filter((each) => !deleted.has(identityOf(each))),
    items: items.map(copy(replace)),
    replace,
  };
}

function copy(replace: boolean): (item: JsonObject) => JsonObject {
  return (item) => (replace ? withoutDirectives(item) : item);
}

function reorder(
  result: JsonObject,
  key: string,
  { order, message }: Pick<KeyPatch, 'order' | 'message'>,
): void {
  const old = getKey(result, key);
  const field = message?.byName.get(key);
  if (!Array.isArray(order)) throw badPatch('invalid patch format of setElementOrder list');
  if (!Array.isArray(old) || field?.mergeKey === undefined) return;
  setKey(result, key, ordered(old, order, { field, old }));
}

function ordered(
  merged: readonly unknown[],
  order: readonly unknown[],
  { field, old }: { field: Field; old: unknown },
): unknown[] {
  const oldOrder = Array.isArray(old) ? old : [];
  return orderMerged(merged, order, { oldOrder, identityOf: identity(field) });
}

/** The items of a patch must stand in the order that the same patch demands. */
function checkOrder(patch: readonly unknown[], order: unknown, field: Field): void {
  if (!Array.isArray(order)) throw badPatch('invalid patch format of setElementOrder list');
  const identityOf = identity(field);
  let at = 0;
  for (const item of patch) {
    if (isObject(item) && getKey(item, PATCH) !== undefined) continue;
    while (at < order.length && identityOf(order[at]) !== identityOf(item)) at++;
    if (at++ >= order.length) {
      const values = JSON.stringify(patch.map(identityOf));
      throw badPatch(
        `The order in patch list:\n${values}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
      );
    }
  }
}

function identity(field: Field): IdentityOf {
  const { mergeKey } = field;
  return mergeKey ? (item) => (isObject(item) ? getKey(item, mergeKey) : undefined) : (item) => item;
}

function retainKeys(target: JsonObject, patch: JsonObject): JsonObject {
  const retained = getKey(patch, RETAIN_KEYS);
  if (retained === undefined) return { ...target };
  const keep = new Set<unknown>(Array.isArray(retained) ? retained : []);
  const strangers = Object.entries(patch).some(
    ([key, value]) => value !== null && !isDirective(key) && !keep.has(key),
  );
  if (!Array.isArray(retained) || strangers) throw badPatch('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(target).filter(([key]) => keep.has(key)));
}

function deleteScalars(result: JsonObject, key: string, gone: unknown): void {
  if (!Array.isArray(gone)) throw badPatch('invalid patch format of primitive list');
  const old = getKey(result, key);
  if (Array.isArray(old))
    setKey(
      result,
      key,
      old.filter((each) => !gone.includes(each)),
    );
}

/** The value as it is stored when there is nothing to merge it into: without nulls and directives. */
function withoutDirectivesIn(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isObject(item) || !Object.hasOwn(item, PATCH)).map(withoutDirectivesIn);
  }
  return isObject(value) ? withoutDirectives(value) : value;
}

function withoutDirectives(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === null || isDirective(key)) continue;
    if (isObject(value) && Object.hasOwn(value, PATCH)) continue;
    setKey(result, key, withoutDirectivesIn(value));
  }
  return result;
}

function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(SET_ORDER) || key.startsWith(DELETE_FROM);
}

function noMergeKey(item: JsonObject, field: Field): Error {
  return badPatch(`map: ${JSON.stringify(item)} does not contain declared merge key: ${field.mergeKey}`);
}

function unknownDirective(directive: unknown): Error {
  return badPatch(
    `unknown patch type: ${typeof directive === 'string' ? directive : JSON.stringify(directive)}: accepted are "delete", "merge" and "replace"`,
  );
}
