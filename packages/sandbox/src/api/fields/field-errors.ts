import { goText } from '../go-text.js';
import { getKey } from '../patch/json.js';
import { isObject } from '../storage/json.js';
import { elementOfItem, type MergeType, typeOf } from './merge-type.js';
import { fieldElement, showElement, showPath } from './path-element.js';

/**
 * What is wrong with an object that is to be applied, in the words of upstream's typed merge: unknown fields, wrong
 * types, items of a list that are there twice. Empty when it can be applied.
 */
export function typeErrors(value: unknown, type: MergeType, path: readonly string[] = []): string[] {
  if (value === null || value === undefined) return [];
  switch (type.kind) {
    case 'scalar':
      return fits(value, type.name) ? [] : [`${showPath(path)}: expected ${type.name}, got ${show(value)}`];
    case 'atomic':
      return atomicErrors(value, type, path);
    case 'list':
      return [...shapeErrors(value, 'list', path), ...itemErrors(value, type, path)];
    default:
      return [...shapeErrors(value, 'map', path), ...memberErrors(value, type, path)];
  }
}

function fits(value: unknown, name: (MergeType & { kind: 'scalar' })['name']): boolean {
  if (name === 'any') return !isObject(value) && !Array.isArray(value);
  return name === (typeof value === 'number' ? 'numeric' : typeof value);
}

function shapeErrors(value: unknown, of: 'list' | 'map', path: readonly string[]): string[] {
  const ok = of === 'list' ? Array.isArray(value) : isObject(value);
  return ok ? [] : [`${showPath(path)}: expected ${of}, got &{${goText(value)}}`];
}

function atomicErrors(
  value: unknown,
  { of, content }: MergeType & { kind: 'atomic' },
  path: readonly string[],
): string[] {
  if (of === 'map') return typeErrors(value, content, path);
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  return [
    ...shapeErrors(value, 'list', path),
    ...items.flatMap((item, index) => typeErrors(item, content, [...path, `i:${index}`])),
  ];
}

function memberErrors(value: unknown, type: MergeType, path: readonly string[]): string[] {
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const at = [...path, fieldElement(key)];
    const field = type.kind === 'struct' ? type.message.byName.get(key) : undefined;
    const member = type.kind === 'map' ? type.element : field && typeOf(field);
    if (member) return typeErrors(getKey(value, key), member, at);
    return path.length === 0 && TYPE_META.has(key) ? [] : [`${showPath(at)}: field not declared in schema`];
  });
}

const TYPE_META: ReadonlySet<string> = new Set(['apiVersion', 'kind']);

function itemErrors(value: unknown, type: MergeType & { kind: 'list' }, path: readonly string[]): string[] {
  if (!Array.isArray(value)) return [];
  const { field, element } = type;
  const seen = new Set<string>();
  const duplicates: string[] = [];
  const errors = (value as unknown[]).flatMap((item, index) => {
    if (field.message !== undefined && !isObject(item)) {
      return [
        `${showPath(path)}: element ${index}: associative list with keys may not have non-map elements`,
      ];
    }
    const at = elementOfItem(field, item);
    if (seen.has(at)) duplicates.push(`${showPath(path)}: duplicate entries for key ${showElement(at)}`);
    seen.add(at);
    return typeErrors(item, element, [...path, at]);
  });
  return [...duplicates, ...errors];
}

function show(value: unknown): string {
  return `&value.valueUnstructured{Value:${isObject(value) || Array.isArray(value) ? goText(value) : JSON.stringify(value)}}`;
}
