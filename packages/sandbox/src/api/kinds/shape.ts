import type { KubeObject } from '../../objects.js';
import { goKind } from '../go-text.js';
import type { KindInfo } from '../kinds.js';
import { type Field, type Message, messageByName, messageOf, typeName } from '../protobuf/messages.js';
import { ApiStatus } from '../status.js';
import { isObject } from '../storage/json.js';
import { checkScalar, goType, jsonType } from './scalars.js';

type Kind = Pick<KindInfo, 'group' | 'version' | 'kind'>;

/** More unknown fields than this are not reported, as upstream. */
const MAX_STRICT_ERRORS = 100;
const TYPE_META: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
/** Messages that carry `apiVersion` and `kind` although they stand inside another object. */
const EMBEDDED_OBJECTS: ReadonlySet<string> = new Set(['DeleteOptions', 'PersistentVolumeClaim']);

/**
 * The fields of an object that its kind does not have, as `fieldValidation=Strict` reports them:
 * `unknown field "spec.replcas"`.
 */
export function strictFieldErrors(kind: Kind, object: unknown): string[] {
  const message = messageOf(apiVersion(kind), kind.kind);
  const errors: string[] = [];
  if (message && isObject(object)) collectUnknown(object, { message, path: '', errors, root: true });
  return errors;
}

interface Search {
  readonly message: Message;
  readonly path: string;
  readonly errors: string[];
  readonly root?: boolean;
}

function collectUnknown(object: Record<string, unknown>, search: Search): void {
  const { message, path, errors } = search;
  for (const [key, value] of Object.entries(object)) {
    if (errors.length >= MAX_STRICT_ERRORS) return;
    const at = path === '' ? key : `${path}.${key}`;
    const field = message.byName.get(key);
    if (field === undefined) {
      if (!mayHaveTypeMeta(message, search.root) || !TYPE_META.has(key)) errors.push(`unknown field "${at}"`);
    } else if (field.message !== undefined) {
      const inner = messageByName(field.message);
      for (const [where, item] of items(field, value)) {
        if (isObject(item)) collectUnknown(item, { message: inner, path: at + where, errors });
      }
    }
  }
}

function items(field: Field, value: unknown): [where: string, item: unknown][] {
  if (field.shape === 'one') return [['', value]];
  if (Array.isArray(value)) return value.map((item, index) => [`[${index}]`, item]);
  return isObject(value) ? Object.entries(value).map(([key, item]) => [`.${key}`, item]) : [];
}

/**
 * Brings a decoded JSON object into the shape of its kind, in place: unknown fields and nulls go, numbers become
 * quantities. A value of the wrong type is refused with 400 in the words of the API server's decoder, so that
 * everything behind it may rely on the types.
 */
export function conform(kind: Kind, object: KubeObject): void {
  const mismatch = conformOrMismatch(kind, object);
  if (mismatch === undefined) return;
  const text = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${mismatch.message}`;
  throw new ApiStatus(400, 'BadRequest', text);
}

/** As `conform`, but the first value of a wrong type is told, not thrown. */
export function conformOrMismatch(kind: Kind, object: KubeObject): Mismatch | undefined {
  const message = messageOf(apiVersion(kind), kind.kind);
  if (message === undefined) return undefined;
  try {
    conformMessage(object, { message, path: '', root: true });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    return cause;
  }
}

/** A value that its field cannot hold; the message is that of Go's JSON decoder. */
class Mismatch extends Error {
  /** What Go's converter from maps to structs says of it. */
  readonly converted: string;

  constructor(message: string, converted = message) {
    super(message);
    this.converted = converted;
  }
}

interface Place {
  readonly message: Message;
  readonly path: string;
  readonly root?: boolean;
}

function conformMessage(object: Record<string, unknown>, place: Place): void {
  const { message, path } = place;
  for (const [key, value] of Object.entries(object)) {
    const field = message.byName.get(key);
    if (field === undefined || value === null || value === undefined) {
      if (!mayHaveTypeMeta(message, place.root) || !TYPE_META.has(key)) delete object[key];
      continue;
    }
    const at = path === '' ? key : `${path}.${key}`;
    object[key] = conformField(value, field, { message, path: at });
  }
}

function conformField(value: unknown, field: Field, place: Place): unknown {
  if (field.shape === 'one') return conformValue(value, field, place);
  if (field.shape === 'list') {
    if (!Array.isArray(value)) throw mismatch(value, { type: `[]${goType(field)}`, to: 'slice' }, place);
    return value.map((item: unknown) => conformValue(item ?? zeroOf(field), field, place));
  }
  if (!isObject(value)) throw mismatch(value, { type: `map[string]${goType(field)}`, to: 'map' }, place);
  for (const [key, item] of Object.entries(value)) {
    value[key] = conformValue(item ?? zeroOf(field), field, place);
  }
  return value;
}

function conformValue(value: unknown, field: Field, place: Place): unknown {
  if (field.message !== undefined) {
    if (!isObject(value)) throw mismatch(value, { type: goType(field), to: 'struct' }, place);
    conformMessage(value, { message: messageByName(field.message), path: place.path });
    return value;
  }
  const { result, problem } = checkScalar(value, field.scalar ?? 'str');
  if (problem === 'type') throw mismatch(value, { type: goType(field), to: 'scalar' }, place);
  if (problem !== undefined) throw new Mismatch(problem);
  return result;
}

/** What a null stands for inside a list or a map. */
function zeroOf(field: Field): unknown {
  if (field.message !== undefined) return {};
  return field.scalar === 'int' || field.scalar === 'long' ? 0 : '';
}

interface Wanted {
  /** The Go type of the field. */
  readonly type: string;
  readonly to: 'slice' | 'map' | 'struct' | 'scalar';
}

function mismatch(value: unknown, { type, to }: Wanted, { message, path }: Place): Mismatch {
  return new Mismatch(
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ${typeName(message.name)}.${path} of type ${type}`,
    convertError(value, type, to),
  );
}

function convertError(value: unknown, type: string, to: Wanted['to']): string {
  const from = goKind(value);
  if (to !== 'scalar') return `cannot restore ${to} from${to === 'struct' ? ':' : ''} ${from}`;
  // Go converts whole numbers to text and any number to another, which the converter then refuses.
  const convertible =
    (from === 'int64' && type === 'string') || (from === 'float64' && type.startsWith('int'));
  return convertible ? `cannot convert ${from} to ${type}` : `unrecognized type: ${type}`;
}

function mayHaveTypeMeta(message: Message, root: boolean | undefined): boolean {
  return root === true || EMBEDDED_OBJECTS.has(message.name);
}

function apiVersion({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}
