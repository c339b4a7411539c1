import { isObject } from '../storage/json.js';

// A path element is text as in FieldsV1: `f:NAME` a field or the key of a map, `k:{…}` the item of a list by its
// keys, `v:…` an item of a set by its value.

/** The element of a field of an object. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** The element of an item that its keys tell apart. */
export function keyElement(keys: Readonly<Record<string, unknown>>): string {
  const sorted = Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(sorted))}`;
}

/** The element of an item of a set. */
export function valueElement(value: unknown): string {
  return `v:${JSON.stringify(value)}`;
}

/** Whether a text is a path element. */
export function isPathElement(text: string): boolean {
  if (text.startsWith('f:')) return true;
  if (/^i:\d+$/.test(text)) return true;
  if (!/^[kv]:/.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text.slice(2));
    return text.startsWith('v:') || isObject(value);
  } catch {
    return false;
  }
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export function showPath(path: readonly string[]): string {
  return path.map(showElement).join('');
}

/** One element as messages show it. */
export function showElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  if (element.startsWith('i:')) return `[${text}]`;
  const keys = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
