import { type Place, refuse } from './json-place.js';

interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

const signed = (bits: bigint): Range => ({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });
const unsigned = (bits: bigint): Range => ({ min: 0n, max: 2n ** bits - 1n });

const RANGES: Readonly<Record<string, Range>> = {
  int32: signed(32n),
  sint32: signed(32n),
  sfixed32: signed(32n),
  uint32: unsigned(32n),
  fixed32: unsigned(32n),
  int64: signed(64n),
  sint64: signed(64n),
  sfixed64: signed(64n),
  uint64: unsigned(64n),
  fixed64: unsigned(64n),
};

const NOT_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** JSON has whole numbers as numbers, and as strings where a number of JavaScript would not be exact. */
function wholeNumber(type: string, { min, max }: Range, place: Place): string {
  const { value } = place;
  const accepted = `a whole number from ${min} to ${max} (${type})`;
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  const isText = typeof value === 'string' && /^-?\d+$/.test(value);
  if (!isNumber && !isText) return refuse(place, accepted);
  const number = BigInt(value);
  return number >= min && number <= max ? String(number) : refuse(place, accepted);
}

function float(place: Place): number {
  const { value } = place;
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const found = NOT_FINITE[value] ?? (value.trim() === '' ? Number.NaN : Number(value));
    if (!Number.isNaN(found) || value === 'NaN') return found;
  }
  return refuse(place, 'a number, "NaN", "Infinity" or "-Infinity"');
}

/** Base64 with either alphabet, with or without the padding. */
function bytes(place: Place): Buffer {
  const { value } = place;
  if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) return refuse(place, 'base64');
  return Buffer.from(value, 'base64');
}

/** A value of a scalar type of protobuf, as protobufjs takes it. Throws UsageError. */
export function scalarOf(type: string, place: Place): unknown {
  const { value } = place;
  const range = RANGES[type];
  if (range) {
    const text = wholeNumber(type, range, place);
    return type.endsWith('64') ? text : Number(text);
  }
  if (type === 'double' || type === 'float') return float(place);
  if (type === 'bytes') return bytes(place);
  if (type === 'bool') return typeof value === 'boolean' ? value : refuse(place, 'true or false');
  return typeof value === 'string' ? value : refuse(place, 'a string');
}
