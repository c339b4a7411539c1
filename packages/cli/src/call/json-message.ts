import protobuf from 'protobufjs';
import { UsageError } from '../errors.js';
import { type Fields, isObject, type Place, refuse } from './json-place.js';
import { scalarOf } from './json-scalar.js';
import { wellKnown } from './well-known.js';

const camelCase = (name: string): string =>
  name.replace(/_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());

/** Names that JSON may call a field by: its own, the one in lowerCamelCase, and a `json_name`. */
const namesOf = (field: protobuf.Field): string[] => [
  field.name,
  camelCase(field.name),
  ...(typeof field.options?.json_name === 'string' ? [field.options.json_name] : []),
];

/** One value of a field, whatever its rule. */
function single(type: string, resolved: protobuf.ReflectionObject | null, place: Place): unknown {
  if (resolved instanceof protobuf.Enum) return enumOf(resolved, place);
  if (resolved instanceof protobuf.Type) return messageOf(resolved, place);
  return scalarOf(type, place);
}

function enumOf(type: protobuf.Enum, place: Place): number {
  const { value } = place;
  if (type.fullName === '.google.protobuf.NullValue' && value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const found =
    typeof value === 'string' && Object.hasOwn(type.values, value) ? type.values[value] : undefined;
  return found ?? refuse(place, `one of ${Object.keys(type.values).join(', ')}`);
}

function fieldValue(field: protobuf.Field, place: Place): unknown {
  const { path, value } = place;
  const one = (inner: Place): unknown => single(field.type, field.resolvedType, inner);
  if (field instanceof protobuf.MapField) {
    if (!isObject(value)) return refuse(place, 'a JSON object');
    const entries = Object.entries(value).map(([key, inner]) => {
      scalarOf(field.keyType, {
        path: `${path} key`,
        value: field.keyType === 'bool' ? key === 'true' : key,
      });
      return [key, one({ path: `${path}[${JSON.stringify(key)}]`, value: inner })];
    });
    return Object.fromEntries(entries);
  }
  if (!field.repeated) return one(place);
  if (!Array.isArray(value)) return refuse(place, 'a JSON array');
  return value.map((inner: unknown, index) => one({ path: `${path}[${index}]`, value: inner }));
}

/** A null is a field that is not set, but for those whose JSON may be null. */
const mayBeNull = ({ resolvedType }: protobuf.Field): boolean =>
  ['.google.protobuf.Value', '.google.protobuf.NullValue'].includes(resolvedType?.fullName ?? '');

/**
 * The fields of a message by the JSON mapping of protobuf (proto3 JSON), strictly: what a server would not see is refused
 * by its place. Throws UsageError.
 */
function messageOf(type: protobuf.Type, place: Place): Fields {
  const { path, value } = place;
  const special = wellKnown(type, place, encodeMessage);
  if (special) return special;
  if (!isObject(value)) return refuse(place, `a JSON object for ${type.fullName.slice(1)}`);
  const byName = new Map(type.fieldsArray.flatMap((field) => namesOf(field).map((name) => [name, field])));
  const fields: Fields = {};
  const chosen = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const field = byName.get(key);
    if (!field) {
      const accepted = type.fieldsArray.map(({ name }) => name).join(', ') || 'no field';
      throw new UsageError(
        `${path}.${key}: ${type.fullName.slice(1)} has no such field; accepted: ${accepted}`,
      );
    }
    field.resolve();
    if (inner === null && !mayBeNull(field)) continue;
    if (Object.hasOwn(fields, field.name)) throw new UsageError(`${path}.${key}: the field is given twice`);
    const group = field.partOf && !field.partOf.isProto3Optional ? field.partOf.name : undefined;
    const other = group === undefined ? undefined : chosen.get(group);
    if (other !== undefined)
      throw new UsageError(
        `${path}: ${other} and ${key} are of the oneof "${group}": one of them is accepted`,
      );
    if (group !== undefined) chosen.set(group, key);
    fields[field.name] = fieldValue(field, { path: `${path}.${key}`, value: inner });
  }
  return fields;
}

/** The bytes of a message. Throws UsageError. */
export function encodeMessage(type: protobuf.Type, place: Place): Buffer {
  return Buffer.from(type.encode(type.fromObject(messageOf(type, place))).finish());
}
