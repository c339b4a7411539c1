import { isObject } from '../storage/json.js';
import { EMPTY, type FieldSet, fieldSet, isEmpty, MEMBER } from './field-set.js';
import { elementOfItem, type MergeType, typeOf } from './merge-type.js';
import { fieldElement } from './path-element.js';

/** The paths that an object sets: what who applies it wants to own. */
export function ownedFields(value: unknown, type: MergeType): FieldSet {
  switch (type.kind) {
    case 'struct': {
      const { byName } = type.message;
      return ofMembers(value, (key, member) => {
        const field = byName.get(key);
        if (!field) return EMPTY;
        return isBlank(member) ? MEMBER : ownedFields(member, typeOf(field));
      });
    }
    case 'map':
      return ofMembers(value, (_, member) => asMember(ownedFields(member, type.element)));
    case 'list':
      return ofItems(value, type);
    default:
      return MEMBER;
  }
}

/** An object without content is owned itself; a list without content is not. */
function isBlank(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

function asMember(set: FieldSet): FieldSet {
  return set.member ? set : fieldSet(true, set.children);
}

function ofMembers(value: unknown, owned: (key: string, member: unknown) => FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, member] of Object.entries(isObject(value) ? value : {})) {
    if (member === undefined) continue;
    const set = owned(key, member);
    if (!isEmpty(set)) children.set(fieldElement(key), set);
  }
  return fieldSet(false, children);
}

function ofItems(value: unknown, { field, element }: MergeType & { kind: 'list' }): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    const at = elementOfItem(field, item);
    // Items that are there twice are owned whole.
    children.set(at, children.has(at) ? MEMBER : asMember(ownedFields(item, element)));
  }
  return fieldSet(false, children);
}

/** The set in which every field of a struct that has something below it is a member as well. */
export function withParents(set: FieldSet, type: MergeType): FieldSet {
  if (set.children.size === 0) return set;
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const { childType, named } = step(type, element);
    const below = childType ? withParents(child, childType) : child;
    children.set(element, named ? asMember(below) : below);
  }
  return fieldSet(set.member, children);
}

function step(type: MergeType, element: string): { childType?: MergeType; named: boolean } {
  if (type.kind === 'struct') {
    const field = type.message.byName.get(element.slice(2));
    return field ? { childType: typeOf(field), named: true } : { named: false };
  }
  if (type.kind === 'map' || type.kind === 'list') return { childType: type.element, named: false };
  return { named: false };
}
