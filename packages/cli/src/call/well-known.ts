import type protobuf from 'protobufjs';
import { UsageError } from '../errors.js';
import { type Fields, isObject, type Place, refuse } from './json-place.js';
import { scalarOf } from './json-scalar.js';

/** Encodes a message of any type: a reader of Any needs it. */
type Encode = (type: protobuf.Type, place: Place) => Buffer;

type Reader = (type: protobuf.Type, place: Place, encode: Encode) => Fields;

/** Fields by number: their names depend on where the type was read from. */
const put = (type: protobuf.Type, values: Readonly<Record<number, unknown>>): Fields =>
  Object.fromEntries(Object.entries(values).map(([id, value]) => [type.fieldsById[Number(id)]!.name, value]));

const NANOS = 9;

const timestamp: Reader = (type, place) => {
  const { value } = place;
  const accepted = 'a time as 2030-01-31T12:00:00.5Z';
  const match =
    typeof value === 'string' &&
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(value);
  if (!match) return refuse(place, accepted);
  const [, whole, fraction = '', zone] = match;
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) return refuse(place, accepted);
  return put(type, { 1: String(ms / 1000), 2: Number(fraction.padEnd(NANOS, '0')) });
};

const duration: Reader = (type, place) => {
  const { value } = place;
  const match = typeof value === 'string' && /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value);
  if (!match) return refuse(place, 'a duration as 1.5s');
  const [, minus, seconds, fraction = ''] = match;
  const nanos = Number(fraction.padEnd(NANOS, '0'));
  return put(type, { 1: `${minus}${seconds}`, 2: minus ? -nanos : nanos });
};

const fieldMask: Reader = (type, place) => {
  const { value } = place;
  if (typeof value !== 'string') return refuse(place, 'paths with commas between them');
  const snake = value.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return put(type, { 1: snake === '' ? [] : snake.split(',') });
};

const wrapper: Reader = (type, place) => put(type, { 1: scalarOf(type.fieldsById[1]!.type, place) });

const inner = (type: protobuf.Type, id: number): protobuf.Type =>
  type.fieldsById[id]!.resolve().resolvedType as protobuf.Type;

const struct = (type: protobuf.Type, place: Place): Fields => {
  const { path, value } = place;
  if (!isObject(value)) return refuse(place, 'a JSON object');
  const entries = Object.entries(value).map(([key, each]) => {
    return [key, anyJson(inner(type, 1), { path: `${path}.${key}`, value: each })];
  });
  return put(type, { 1: Object.fromEntries(entries) });
};

const listOfValues = (type: protobuf.Type, place: Place): Fields => {
  const { path, value } = place;
  if (!Array.isArray(value)) return refuse(place, 'a JSON array');
  const one = (each: unknown, index: number): Fields =>
    anyJson(inner(type, 1), { path: `${path}[${index}]`, value: each });
  return put(type, { 1: value.map(one) });
};

const anyJson = (type: protobuf.Type, place: Place): Fields => {
  const { value } = place;
  if (value === null) return put(type, { 1: 0 });
  if (typeof value === 'number') return put(type, { 2: value });
  if (typeof value === 'string') return put(type, { 3: value });
  if (typeof value === 'boolean') return put(type, { 4: value });
  if (Array.isArray(value)) return put(type, { 6: listOfValues(inner(type, 6), place) });
  return put(type, { 5: struct(inner(type, 5), place) });
};

/** `{"@type": "type.googleapis.com/NAME", …}`; a type with JSON of its own has it under `value`. */
const any: Reader = (type, place, encode) => {
  const { path, value } = place;
  if (!isObject(value)) return refuse(place, 'a JSON object with "@type"');
  const { '@type': url, ...rest } = value;
  if (typeof url !== 'string') return refuse(place, 'a JSON object with "@type"');
  const name = url.slice(url.lastIndexOf('/') + 1);
  let found: protobuf.Type;
  try {
    found = type.root.lookupType(name);
  } catch {
    throw new UsageError(`${path}["@type"]: "${url}": accepted is a type that the proto files have`);
  }
  const content: Place = isWellKnown(found)
    ? { path: `${path}.value`, value: rest.value }
    : { path, value: rest };
  return put(type, { 1: url, 2: encode(found, content) });
};

const READERS: Readonly<Record<string, Reader>> = {
  Timestamp: timestamp,
  Duration: duration,
  FieldMask: fieldMask,
  Struct: struct,
  Value: anyJson,
  ListValue: listOfValues,
  Any: any,
};
const PACKAGE = '.google.protobuf.';
const WRAPPER = /^(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/;

function readerOf({ fullName }: protobuf.Type): Reader | undefined {
  if (!fullName.startsWith(PACKAGE)) return undefined;
  const name = fullName.slice(PACKAGE.length);
  return WRAPPER.test(name) ? wrapper : READERS[name];
}

const isWellKnown = (type: protobuf.Type): boolean => readerOf(type) !== undefined;

/** The fields of a message whose JSON is not an object of its fields (Timestamp, wrappers, Struct …); undefined for others. */
export const wellKnown = (type: protobuf.Type, place: Place, encode: Encode): Fields | undefined =>
  readerOf(type)?.(type, place, encode);

/** Whether JSON of the type may be an array: then it is one message, not several. */
export const takesArray = (type: protobuf.Type): boolean =>
  ['Value', 'ListValue'].some((name) => type.fullName === `${PACKAGE}${name}`);
