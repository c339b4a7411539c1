import { isObject } from '../storage/json.js';
import { isPathElement } from './path-element.js';

/** A set of FieldsV1 as JSON: path elements to sets; `.` says that the path so far is a member itself. */
export type FieldsV1 = { readonly [element: string]: FieldsV1 };

const SELF = '.';
const NOTHING: FieldsV1 = Object.freeze({});

/** An immutable set of paths in an object, as a tree. */
export interface FieldSet {
  /** Whether the path that leads here is in the set. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
/** The set without any path. */
export const EMPTY: FieldSet = { member: false, children: NO_CHILDREN };
/** The set that holds the path that leads to it, and nothing below. */
export const MEMBER: FieldSet = { member: true, children: NO_CHILDREN };

/** A set of that content; parts without any path are left out. */
export function fieldSet(member: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  if (children.size === 0) return member ? MEMBER : EMPTY;
  return { member, children };
}

/** Whether no path is in the set. */
export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** The paths of either set; `a` itself when it has all of them. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b) || a === b) return a;
  let children: Map<string, FieldSet> | undefined;
  for (const [element, child] of b.children) {
    const other = a.children.get(element);
    const both = other ? union(other, child) : child;
    if (both !== other) children = (children ?? new Map(a.children)).set(element, both);
  }
  const member = a.member || b.member;
  return children || member !== a.member ? fieldSet(member, children ?? a.children) : a;
}

/** The paths of `a` that are not in `b`; `a` itself when they have none in common. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  let children: Map<string, FieldSet> | undefined;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    const left = other ? difference(child, other) : child;
    if (left === child) continue;
    children ??= new Map(a.children);
    if (isEmpty(left)) children.delete(element);
    else children.set(element, left);
  }
  const member = a.member && !b.member;
  return children || member !== a.member ? fieldSet(member, children ?? a.children) : a;
}

/** The paths of both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    const both = other ? intersection(child, other) : EMPTY;
    if (!isEmpty(both)) children.set(element, both);
  }
  return fieldSet(a.member && b.member, children);
}

/** The set without these elements at its top and everything below them. */
export function without(set: FieldSet, elements: readonly string[]): FieldSet {
  if (!elements.some((element) => set.children.has(element))) return set;
  const children = new Map(set.children);
  for (const element of elements) children.delete(element);
  return fieldSet(set.member, children);
}

/** Whether both sets have the same paths. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (!other || !sameSet(child, other)) return false;
  }
  return true;
}

/** All paths, each before those below it, in the order of their elements. */
export function* pathsOf(set: FieldSet, path: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield path;
  for (const element of [...set.children.keys()].sort()) {
    yield* pathsOf(set.children.get(element) ?? EMPTY, [...path, element]);
  }
}

/** Sets hardly ever change from one write to the next. */
const written = new WeakMap<FieldSet, FieldsV1>();

/** The set as `metadata.managedFields` has it, frozen. */
export function toFieldsV1(set: FieldSet): FieldsV1 {
  let fields = written.get(set);
  if (!fields) {
    fields = Object.freeze(write(set));
    written.set(set, fields);
  }
  return fields;
}

function write(set: FieldSet): FieldsV1 {
  const entries = [...set.children]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([element, child]): [string, FieldsV1] => [element, toFieldsV1(child)]);
  return Object.fromEntries(set.member && entries.length > 0 ? [[SELF, NOTHING], ...entries] : entries);
}

/** Reads a set of `metadata.managedFields`; undefined for what is none. */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const entries = Object.entries(fields);
  const children = new Map<string, FieldSet>();
  let member = false;
  for (const [element, value] of entries) {
    if (element === SELF) {
      member = true;
      continue;
    }
    const child = fromFieldsV1(value);
    if (!child || !isPathElement(element)) return undefined;
    // Nothing below: the path itself is what is meant.
    children.set(element, isEmpty(child) ? MEMBER : child);
  }
  return fieldSet(member, children);
}
