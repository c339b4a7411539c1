import type { KubeObject } from '../../objects.js';
import { type Field, type Message, messageByName, messageOf } from './messages.js';
import { malformed, readFields } from './wire.js';

/** The four bytes in front of every body: `k8s` and a zero. */
const MAGIC = Buffer.from('k8s\0', 'latin1');
/** What the API server reads of one request at most. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** No message of the API nests deeper; what does is not one of ours. */
const MAX_DEPTH = 32;

/** Numbers of `runtime.Unknown` and of the `TypeMeta` in it. */
const TYPE_META = 1;
const RAW = 2;
const CONTENT_ENCODING = 3;
const API_VERSION = 1;
const KIND = 2;

/**
 * The object in a protobuf request body (`application/vnd.kubernetes.protobuf`) as its JSON would read. Fields that
 * this cluster does not know are skipped. A truncated, oversized or malformed body, and a kind that is not served, are
 * refused with `ApiStatus` 400.
 */
export function decodeProtobufBody(body: Buffer): KubeObject {
  if (body.length > MAX_BODY_BYTES)
    throw malformed(`${body.length} bytes, at most ${MAX_BODY_BYTES} are read`);
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw malformed('the body does not start with the expected prefix "k8s\\0"');
  }
  const { apiVersion, kind, raw } = readEnvelope(body.subarray(MAGIC.length));
  const message = messageOf(apiVersion, kind);
  if (message === undefined) {
    throw malformed(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  }
  const decoded = decodeMessage(message, raw, 0);
  return { ...decoded, apiVersion, kind, metadata: metadataOf(decoded) };
}

function readEnvelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  let apiVersion = '';
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  for (const { number, value } of readFields(bytes)) {
    if (number === TYPE_META) {
      for (const field of readFields(asBytes(value))) {
        if (field.number === API_VERSION) apiVersion = asBytes(field.value).toString('utf8');
        if (field.number === KIND) kind = asBytes(field.value).toString('utf8');
      }
    } else if (number === RAW) {
      raw = asBytes(value);
    } else if (number === CONTENT_ENCODING && asBytes(value).length > 0) {
      throw malformed(`content encoding ${JSON.stringify(asBytes(value).toString('utf8'))} is not supported`);
    }
  }
  return { apiVersion, kind, raw };
}

/** `{name: ''}` for the kinds that are no stored objects and have none, such as DeleteOptions. */
function metadataOf({ metadata }: Record<string, unknown>): KubeObject['metadata'] {
  const decoded = (metadata ?? {}) as Partial<KubeObject['metadata']>;
  return { ...decoded, name: decoded.name ?? '' };
}

function decodeMessage(message: Message, bytes: Buffer, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw malformed('exceeded max depth');
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const field = message.byNumber.get(number);
    if (field === undefined) continue;
    if (field.inline) {
      Object.assign(result, decodeMessage(messageByName(field.message ?? ''), asBytes(value), depth + 1));
    } else if (field.shape === 'map') {
      const [key, item] = decodeEntry(field, asBytes(value), depth);
      mapOf(result, field.name).set(key, item);
    } else if (field.shape === 'list') {
      listOf(result, field.name).push(decodeValue(field, value, depth));
    } else {
      const decoded = decodeValue(field, value, depth);
      if (decoded !== undefined && (field.keepsZero || !isZero(decoded))) result[field.name] = decoded;
    }
  }
  for (const [name, value] of Object.entries(result)) {
    if (value instanceof Map) result[name] = Object.fromEntries(value);
  }
  return result;
}

function mapOf(result: Record<string, unknown>, name: string): Map<string, unknown> {
  const found = result[name];
  if (found instanceof Map) return found;
  const made = new Map<string, unknown>();
  result[name] = made;
  return made;
}

function listOf(result: Record<string, unknown>, name: string): unknown[] {
  const found = result[name];
  if (Array.isArray(found)) return found;
  const made: unknown[] = [];
  result[name] = made;
  return made;
}

function decodeEntry(field: Field, bytes: Buffer, depth: number): [key: string, value: unknown] {
  let key = '';
  let item: unknown = field.message === undefined && field.scalar !== 'extra' ? '' : {};
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) key = asBytes(value).toString('utf8');
    if (number === 2) item = decodeValue(field, value, depth);
  }
  return [key, item];
}

function decodeValue(field: Field, value: bigint | Buffer, depth: number): unknown {
  if (field.message !== undefined) {
    return decodeMessage(messageByName(field.message), asBytes(value), depth + 1);
  }
  switch (field.scalar) {
    case 'bool':
      return asInteger(value) !== 0n;
    case 'int':
    case 'long':
      return safeNumber(BigInt.asIntN(64, asInteger(value)));
    case 'bytes':
      return asBytes(value).toString('base64');
    case 'time':
    case 'micro':
      return decodeTime(asBytes(value), field.scalar === 'micro');
    case 'qty':
      return decodeText(asBytes(value), 1) || '0';
    case 'ios':
      return decodeIntOrString(asBytes(value));
    case 'raw':
      return decodeJson(asBytes(value));
    case 'extra':
      return [...readFields(asBytes(value))]
        .filter(({ number }) => number === 1)
        .map(({ value: text }) => asBytes(text).toString('utf8'));
    default:
      return asBytes(value).toString('utf8');
  }
}

/** Seconds and nanoseconds since the epoch; the zero time is an absent field. */
function decodeTime(bytes: Buffer, micros: boolean): string | undefined {
  let seconds = 0n;
  let nanos = 0n;
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) seconds = BigInt.asIntN(64, asInteger(value));
    if (number === 2) nanos = BigInt.asIntN(32, asInteger(value));
  }
  if (seconds === 0n && nanos === 0n) return undefined;
  const date = new Date(safeNumber(seconds) * 1000);
  if (Number.isNaN(date.getTime())) throw malformed(`time ${seconds} s is out of range`);
  const text = date.toISOString().slice(0, -'.000Z'.length);
  return micros ? `${text}.${String(nanos / 1000n).padStart(6, '0')}Z` : `${text}Z`;
}

function decodeIntOrString(bytes: Buffer): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1) isText = asInteger(field.value) !== 0n;
    if (field.number === 2) number = safeNumber(BigInt.asIntN(32, asInteger(field.value)));
    if (field.number === 3) text = asBytes(field.value).toString('utf8');
  }
  return isText ? text : number;
}

function decodeText(bytes: Buffer, wanted: number): string {
  let text = '';
  for (const { number, value } of readFields(bytes)) {
    if (number === wanted) text = asBytes(value).toString('utf8');
  }
  return text;
}

function decodeJson(bytes: Buffer): unknown {
  const text = decodeText(bytes, 1);
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw malformed(`embedded JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function asBytes(value: bigint | Buffer): Buffer {
  if (typeof value === 'bigint') throw malformed('wrong wireType = 0 for a length-delimited field');
  return value;
}

function asInteger(value: bigint | Buffer): bigint {
  if (typeof value !== 'bigint') throw malformed('wrong wireType = 2 for a number');
  return value;
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed(`integer ${value} is out of range`);
  return number;
}
