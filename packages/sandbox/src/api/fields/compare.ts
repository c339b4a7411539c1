import { equalJson, isObject } from '../storage/json.js';
import { EMPTY, type FieldSet, fieldSet, isEmpty, MEMBER } from './field-set.js';
import { elementOfItem, type MergeType, typeOf } from './merge-type.js';
import { fieldElement } from './path-element.js';

/** What one object has differently from another; no path is in two of the sets. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

const SAME: Comparison = { removed: EMPTY, modified: EMPTY, added: EMPTY };
const REMOVED: Comparison = { ...SAME, removed: MEMBER };
const MODIFIED: Comparison = { ...SAME, modified: MEMBER };
const ADDED: Comparison = { ...SAME, added: MEMBER };

/** Compares two values of one type; undefined is a value that is not there. */
export function compareValues(left: unknown, right: unknown, type: MergeType): Comparison {
  if (left === right) return SAME;
  if (isLeaf(left, right, type)) return compareLeaves(left, right);
  const inner = type.kind === 'list' ? compareLists(left, right, type) : compareObjects(left, right, type);
  if (left === undefined) return { ...inner, added: fieldSet(true, inner.added.children) };
  if (right === undefined) return { ...inner, removed: fieldSet(true, inner.removed.children) };
  return inner;
}

/** Values without content are leaves, so that the difference between none and empty is not lost. */
function isLeaf(left: unknown, right: unknown, { kind }: MergeType): boolean {
  if (kind === 'scalar' || kind === 'atomic') return true;
  return isBlank(left) && isBlank(right);
}

function isBlank(value: unknown): boolean {
  return !Array.isArray(value) ? !isObject(value) || Object.keys(value).length === 0 : value.length === 0;
}

function compareLeaves(left: unknown, right: unknown): Comparison {
  if (left === undefined) return ADDED;
  if (right === undefined) return REMOVED;
  return equalJson(left, right) ? SAME : MODIFIED;
}

/** Gathers the comparisons of members. */
class Gathered {
  readonly #removed = new Map<string, FieldSet>();
  readonly #modified = new Map<string, FieldSet>();
  readonly #added = new Map<string, FieldSet>();

  add(element: string, { removed, modified, added }: Comparison): void {
    if (!isEmpty(removed)) this.#removed.set(element, removed);
    if (!isEmpty(modified)) this.#modified.set(element, modified);
    if (!isEmpty(added)) this.#added.set(element, added);
  }

  get comparison(): Comparison {
    if (this.#removed.size + this.#modified.size + this.#added.size === 0) return SAME;
    return {
      removed: fieldSet(false, this.#removed),
      modified: fieldSet(false, this.#modified),
      added: fieldSet(false, this.#added),
    };
  }
}

function compareObjects(left: unknown, right: unknown, type: MergeType): Comparison {
  const gathered = new Gathered();
  const a = isObject(left) ? left : {};
  const b = isObject(right) ? right : {};
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    const member = memberType(type, key);
    if (!member) continue;
    // An object that Go has in its parent is never away, only empty.
    const none = member.implicit ? {} : undefined;
    const inner = compareValues(own(a, key) ?? none, own(b, key) ?? none, member.type);
    if (inner !== SAME) gathered.add(fieldElement(key), inner);
  }
  return gathered.comparison;
}

/** The value of an own key; a null in an object that Go would leave out counts as it stands. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function memberType(type: MergeType, key: string): { type: MergeType; implicit: boolean } | undefined {
  if (type.kind === 'map') return { type: type.element, implicit: false };
  const field = type.kind === 'struct' ? type.message.byName.get(key) : undefined;
  return field && { type: typeOf(field), implicit: field.implicit };
}

function compareLists(left: unknown, right: unknown, type: MergeType & { kind: 'list' }): Comparison {
  const a = byElement(left, type);
  const b = byElement(right, type);
  const gathered = new Gathered();
  for (const element of new Set([...a.keys(), ...b.keys()])) {
    gathered.add(element, compareItems(a.get(element) ?? [], b.get(element) ?? [], type.element));
  }
  return gathered.comparison;
}

function byElement(value: unknown, { field }: MergeType & { kind: 'list' }): Map<string, unknown[]> {
  const result = new Map<string, unknown[]>();
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    const element = elementOfItem(field, item);
    const found = result.get(element);
    if (found) found.push(item);
    else result.set(element, [item]);
  }
  return result;
}

/** Items that are there twice are compared whole. */
function compareItems(left: readonly unknown[], right: readonly unknown[], type: MergeType): Comparison {
  if (left.length <= 1 && right.length <= 1) return compareValues(left[0], right[0], type);
  if (left.length === 0) return ADDED;
  if (right.length === 0) return REMOVED;
  return equalJson(left, right) ? SAME : MODIFIED;
}
