import { getKey, type JsonObject, setKey } from '../patch/json.js';
import { isObject } from '../storage/json.js';
import type { FieldSet } from './field-set.js';
import { elementOfItem, type MergeType, typeOf } from './merge-type.js';
import { fieldElement } from './path-element.js';

/** The live value with what is applied merged into it; parts are shared with both. */
export function mergeValues(live: unknown, applied: unknown, type: MergeType): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null || type.kind === 'scalar' || type.kind === 'atomic') return applied;
  if (type.kind === 'list') return Array.isArray(applied) ? mergeLists(live, applied, type) : live;
  if (!isObject(live) || !isObject(applied)) return live;
  const result: JsonObject = { ...live };
  for (const [key, value] of Object.entries(applied)) {
    const member = memberType(type, key);
    if (member) setKey(result, key, mergeValues(getKey(live, key), value, member));
  }
  return result;
}

function memberType(type: MergeType, key: string): MergeType | undefined {
  if (type.kind === 'map') return type.element;
  const field = type.kind === 'struct' ? type.message.byName.get(key) : undefined;
  return field && typeOf(field);
}

/**
 * Items of both lists stand in the order of the applied one; where it leaves that open, items that only the live list
 * has keep their place before or after the shared ones.
 */
function mergeLists(
  live: unknown,
  applied: readonly unknown[],
  type: MergeType & { kind: 'list' },
): unknown[] {
  const { field, element } = type;
  const left = (Array.isArray(live) ? (live as unknown[]) : []).map((item) => ({
    at: elementOfItem(field, item),
    item,
  }));
  const right = applied.map((item) => ({ at: elementOfItem(field, item), item }));
  const inLeft = new Map(left.map(({ at, item }) => [at, item]));
  const inRight = new Set(right.map(({ at }) => at));
  const shared = right.filter(({ at }) => inLeft.has(at)).map(({ at }) => at);
  const done = new Set<string>();
  const result: unknown[] = [];
  let next = 0;
  const take = ({ at, item }: { at: string; item: unknown }): void => {
    result.push(mergeValues(inLeft.get(at), item, element));
    done.add(at);
    if (shared[next] === at) next++;
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    if (a && b && a.at === b.at) {
      take(b);
      l++;
      r++;
    } else if (a && b && inRight.has(a.at) && shared[next] !== undefined && shared[next] !== a.at) {
      // Shared, but not the one whose turn it is: it comes with the applied list.
      l++;
    } else if (a && !inRight.has(a.at)) {
      result.push(a.item);
      l++;
    } else if (a && done.has(a.at)) {
      l++;
    } else if (b) {
      take(b);
      r++;
    } else {
      l++;
    }
  }
  return result;
}

/** The value without the paths of the set; undefined when nothing is left. */
export function removeFields(value: unknown, set: FieldSet, type: MergeType): unknown {
  if (set.children.size === 0) return value;
  if (type.kind === 'list') return removeItems(value, set, type);
  if (type.kind === 'scalar') return value;
  // An atomic value has no parts: whoever owns something below it owned it before it was atomic.
  if (type.kind === 'atomic' || !isObject(value)) return undefined;
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const below = set.children.get(fieldElement(key));
    if (below?.member) continue;
    const inner = memberType(type, key);
    const left = below && inner ? removeFields(member, below, inner) : member;
    if (left !== undefined) setKey(result, key, left);
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function removeItems(
  value: unknown,
  set: FieldSet,
  { field, element }: MergeType & { kind: 'list' },
): unknown {
  const left: unknown[] = [];
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    const below = set.children.get(elementOfItem(field, item));
    if (below?.member) continue;
    left.push(below ? removeFields(item, below, element) : item);
  }
  return left.length > 0 ? left : undefined;
}
