import { ConfigError } from '../errors.js';
import { readDuration } from './durations.js';
import { checkName, readObject, show } from './reader.js';

/** A number of a config: what is accepted, and what stands when it is left out. */
export interface NumberField {
  readonly kind: 'integer' | 'number';
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** Greater values count as `max` instead of being refused. */
  readonly clamp?: boolean;
}

export interface BooleanField {
  readonly kind: 'boolean';
  readonly default: boolean;
}

/** A text, or null when it is left out. */
export interface HeaderField {
  readonly kind: 'header';
  readonly default: null;
}

/** A number or, when it is left out, null. */
export interface OptionalNumberField {
  readonly kind: 'optional';
  readonly min: number;
  readonly max: number;
  readonly default: null;
}

/** A duration of gRPC, as ms; one that is shorter than `min` or longer than `max` counts as that. */
export interface DurationField {
  readonly kind: 'duration';
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export type Field = NumberField | DurationField | BooleanField | HeaderField | OptionalNumberField;
export type Fields = Readonly<Record<string, Field>>;
type ValueOf<F extends Field> = F extends NumberField | DurationField
  ? number
  : F extends BooleanField
    ? boolean
    : F extends HeaderField
      ? string | null
      : number | null;
export type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** gRPC metadata keys; binary ones (`-bin`) hold bytes, which are no keys here. */
const HEADER = /^(?!.*-bin$)[a-z0-9_.-]{1,100}$/;

/** Throws `ConfigError` for a key that is not accepted. */
export function checkKeys(object: object, path: string, accepted: readonly string[]): void {
  for (const key of Object.keys(object)) checkName(key, path, { kind: 'key', accepted });
}

/** Reads an object whose fields are all known; every default spelled out. Throws `ConfigError` for anything else. */
export function readFields<F extends Fields>(json: unknown, path: string, fields: F): Values<F> {
  const object = readObject(json, path, 'an object with options, or {}');
  checkKeys(object, path, Object.keys(fields));
  const values = Object.entries(fields).map(([name, field]) => [
    name,
    Object.hasOwn(object, name) && object[name] !== undefined
      ? readField(object[name], `${path}.${name}`, field)
      : field.default,
  ]);
  return Object.fromEntries(values);
}

function readField(value: unknown, path: string, field: Field): unknown {
  switch (field.kind) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw refusal(value, path, 'true or false');
    case 'header':
      if (typeof value === 'string' && HEADER.test(value)) return value;
      throw refusal(value, path, 'the name of a request header, in lower case, that does not end in -bin');
    case 'duration':
      return Math.min(Math.max(readDuration(value, path), field.min), field.max);
    default:
      return readNumber(value, path, field);
  }
}

function readNumber(value: unknown, path: string, field: NumberField | OptionalNumberField): number {
  const whole = field.kind === 'integer';
  const clamp = field.kind !== 'optional' && field.clamp === true;
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value)) &&
    value >= field.min &&
    (clamp || value <= field.max)
  ) {
    return Math.min(value, field.max);
  }
  throw refusal(value, path, `${whole ? 'an integer' : 'a number'} from ${field.min} to ${field.max}`);
}

function refusal(value: unknown, path: string, accepted: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', path, `${show(value)} is not accepted: ${accepted}`);
}
