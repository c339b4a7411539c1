import { type Field, type Message, messageByName } from '../protobuf/messages.js';
import { isObject } from '../storage/json.js';
import { keyElement, valueElement } from './path-element.js';

/** How a value merges: whole, with the type of its content or of its items, or by the fields of a struct, the keys of a map, the items of a list. */
export type MergeType =
  | { readonly kind: 'scalar'; readonly name: 'string' | 'numeric' | 'boolean' | 'any' }
  | { readonly kind: 'atomic'; readonly of: 'list' | 'map'; readonly content: MergeType }
  | { readonly kind: 'struct'; readonly message: Message }
  | { readonly kind: 'map'; readonly element: MergeType }
  | { readonly kind: 'list'; readonly field: Field; readonly element: MergeType };

const SCALARS = {
  str: 'string',
  int: 'numeric',
  long: 'numeric',
  bool: 'boolean',
  bytes: 'string',
  time: 'string',
  micro: 'string',
  qty: 'any',
  ios: 'any',
  raw: 'any',
  extra: 'any',
} as const;

const types = new WeakMap<Field, MergeType>();

/** How the value of a field merges (KEP-555: lists and maps that do not say otherwise are atomic and granular). */
export function typeOf(field: Field): MergeType {
  let type = types.get(field);
  if (!type) {
    type = makeType(field);
    types.set(field, type);
  }
  return type;
}

function makeType(field: Field): MergeType {
  if (field.shape === 'list') {
    if (field.listKeys === undefined) return { kind: 'atomic', of: 'list', content: valueType(field) };
    return { kind: 'list', field, element: valueType(field) };
  }
  if (field.shape === 'one') return valueType(field);
  const map: MergeType = { kind: 'map', element: valueType(field) };
  return field.atomic ? { kind: 'atomic', of: 'map', content: map } : map;
}

function valueType({ message, scalar = 'str' }: Field): MergeType {
  if (message === undefined) return { kind: 'scalar', name: SCALARS[scalar] };
  return structType(messageByName(message));
}

/** How a message merges. */
export function structType(message: Message): MergeType {
  const struct: MergeType = { kind: 'struct', message };
  return message.atomic ? { kind: 'atomic', of: 'map', content: struct } : struct;
}

/** The path element of a list's item; a key that is left out has its default, else the zero of its type. */
export function elementOfItem(field: Field, item: unknown): string {
  const keys = field.listKeys ?? [];
  if (keys.length === 0) return valueElement(item);
  const message = messageByName(field.message ?? '');
  const object = isObject(item) ? item : {};
  return keyElement(
    Object.fromEntries(keys.map((key) => [key, object[key] ?? zeroOf(message.byName.get(key))])),
  );
}

function zeroOf(field: Field | undefined): unknown {
  if (field?.defaultValue !== undefined) return field.defaultValue;
  return field?.scalar === 'int' || field?.scalar === 'long' ? 0 : '';
}
