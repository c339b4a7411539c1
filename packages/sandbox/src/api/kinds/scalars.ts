import { type Field, type ScalarType, typeName } from '../protobuf/messages.js';
import { isObject } from '../storage/json.js';

const QUANTITY = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE64_DIGIT = /[A-Za-z0-9+/]/;
const MAX_INT32 = 2 ** 31 - 1;
const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00';

/** The value to store, or what is wrong: `type` for a wrong JSON type, else the decoder's whole message. */
export interface Checked {
  readonly result?: unknown;
  readonly problem?: string;
}

const WRONG_TYPE: Checked = { problem: 'type' };

/** Checks one scalar of a decoded JSON object against the type of its field. */
export function checkScalar(value: unknown, type: ScalarType): Checked {
  switch (type) {
    case 'str':
      return typeof value === 'string' ? { result: value } : WRONG_TYPE;
    case 'bool':
      return typeof value === 'boolean' ? { result: value } : WRONG_TYPE;
    case 'int':
      return isInt32(value) ? { result: value } : WRONG_TYPE;
    case 'long':
      return Number.isSafeInteger(value) ? { result: value } : WRONG_TYPE;
    case 'ios':
      return typeof value === 'string' || isInt32(value) ? { result: value } : WRONG_TYPE;
    case 'qty':
      return quantity(value);
    case 'time':
    case 'micro':
      return time(value);
    case 'bytes':
      return base64(value);
    case 'extra':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
        ? { result: value }
        : WRONG_TYPE;
    case 'raw':
      return { result: value };
  }
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT32;
}

/** Numbers are taken as quantities; the text is kept as given. */
function quantity(value: unknown): Checked {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return WRONG_TYPE;
  if (QUANTITY.test(text)) return { result: text };
  return { problem: `quantities must match the regular expression '${QUANTITY.source}'` };
}

function time(value: unknown): Checked {
  if (typeof value !== 'string') return WRONG_TYPE;
  if (RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return { result: value };
  return { problem: `parsing time ${JSON.stringify(value)} as "${TIME_LAYOUT}": not a time in RFC 3339` };
}

function base64(value: unknown): Checked {
  if (typeof value !== 'string') return WRONG_TYPE;
  const text = value.replaceAll(/[\r\n]/g, '');
  if (BASE64.test(text)) return { result: text };
  const at = [...text].findIndex((char) => !BASE64_DIGIT.test(char));
  return { problem: `illegal base64 data at input byte ${at < 0 ? text.length : at}` };
}

/** The JSON type of a value, as Go's decoder calls it. */
export function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number')
    return `number${Number.isInteger(value) && isInt32(value) ? '' : ` ${value}`}`;
  return isObject(value) ? 'object' : typeof value;
}

const GO_TYPES: Readonly<Record<ScalarType, string>> = {
  str: 'string',
  int: 'int32',
  long: 'int64',
  bool: 'bool',
  bytes: '[]uint8',
  time: 'v1.Time',
  micro: 'v1.MicroTime',
  qty: 'resource.Quantity',
  ios: 'intstr.IntOrString',
  raw: 'v1.FieldsV1',
  extra: 'v1.ExtraValue',
};

/** The Go type of a field's value, for error messages. */
export function goType(field: Field): string {
  return field.scalar === undefined ? `v1.${typeName(field.message ?? '')}` : GO_TYPES[field.scalar];
}
