import { jsonType } from '../kinds/scalars.js';
import { ApiStatus } from '../status.js';
import { equalJson, isObject } from '../storage/json.js';
import { badPatch, getKey, setKey, unprocessablePatch } from './json.js';

/** The API server's own bound on the operations of one JSON patch. */
const MAX_OPERATIONS = 10_000;

/** What the copies of one patch may add: upstream's limit. Without one, each copy could double the document. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

/** RFC 6901: an array index has no leading zero. */
const INDEX = /^(0|[1-9]\d*)$/;

const OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  readonly value: unknown;
}

/** The place a pointer names: a container and a key in it, or the whole document. */
type Place = { readonly parent: unknown; readonly key: string } | undefined;

/** RFC 6902: applies the operations in order, all or none. The document is not changed. */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const operations = readOperations(patch);
  const root = { document: structuredClone(document), copiedBytes: 0 };
  for (const operation of operations) apply(root, operation);
  return root.document;
}

function readOperations(patch: unknown): Operation[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) {
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new ApiStatus(
      413,
      'RequestEntityTooLarge',
      `Request entity is too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch.map(readOperation);
}

function readOperation(entry: unknown): Operation {
  const { op, path, from, value } = isObject(entry) ? entry : {};
  if (typeof op !== 'string' || !OPERATIONS.has(op))
    throw unprocessablePatch(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
  if (typeof path !== 'string')
    throw unprocessablePatch(`${op} operation failed to decode path: missing value`);
  if ((op === 'move' || op === 'copy') && typeof from !== 'string') {
    throw unprocessablePatch(`${op} operation failed to decode from: missing value`);
  }
  return { op, path, from: String(from), value: value === undefined ? null : value };
}

/** The document while a patch is applied to it, and what copies have added. */
interface Root {
  document: unknown;
  copiedBytes: number;
}

function apply(root: Root, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
      add(root, path, structuredClone(value));
      return;
    case 'remove':
      remove(root, path, 'remove');
      return;
    case 'replace':
      replace(root, path, structuredClone(value));
      return;
    case 'copy':
      add(root, path, copied(root, read(root, from, 'copy')));
      return;
    case 'move': {
      // RFC 6902 §4.4: "The "from" location MUST NOT be a proper prefix of the "path" location".
      if (path.startsWith(`${from}/`)) {
        throw unprocessablePatch(`move operation does not apply: ${from} cannot move into itself: ${path}`);
      }
      const moved = read(root, from, 'move');
      remove(root, from, 'move');
      add(root, path, moved);
      return;
    }
    case 'test':
      if (!equalJson(valueAt(root, path) ?? null, value)) {
        throw unprocessablePatch(`testing value ${path} failed: test failed`);
      }
      return;
  }
}

/** A copy of a value, if the patch may still copy as much. */
function copied(root: Root, value: unknown): unknown {
  const text = JSON.stringify(value);
  root.copiedBytes += Buffer.byteLength(text);
  if (root.copiedBytes <= MAX_COPIED_BYTES) return JSON.parse(text);
  throw new ApiStatus(
    413,
    'RequestEntityTooLarge',
    `Request entity is too large: Unable to complete the copy, the accumulated size increase of copy is ${root.copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`,
  );
}

function add(root: Root, path: string, value: unknown): void {
  const place = find(root, path);
  if (place === undefined) {
    root.document = value;
    return;
  }
  const { parent, key } = place;
  if (Array.isArray(parent)) {
    parent.splice(
      key === '-' ? parent.length : index(key, parent.length, `add for path: '${path}'`),
      0,
      value,
    );
  } else if (isObject(parent)) {
    setKey(parent, key, value);
  } else {
    throw missing('add', path);
  }
}

function remove(root: Root, path: string, op: string): void {
  const place = find(root, path);
  if (place === undefined)
    throw unprocessablePatch(`${op} operation does not apply: the whole document cannot be removed`);
  const { parent, key } = place;
  if (Array.isArray(parent)) {
    parent.splice(index(key, parent.length - 1, `${op} for path: '${path}'`), 1);
  } else if (!isObject(parent)) {
    throw missing(op, path);
  } else if (Object.hasOwn(parent, key)) {
    delete parent[key];
  } else {
    throw unprocessablePatch(
      `error in ${op} for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  }
}

function replace(root: Root, path: string, value: unknown): void {
  const place = find(root, path);
  if (place === undefined) root.document = value;
  else if (Array.isArray(place.parent) && INDEX.test(place.key) && Number(place.key) < place.parent.length)
    place.parent[Number(place.key)] = value;
  // Upstream's library does not mind that the key is new, against RFC 6902 §4.3.
  else if (isObject(place.parent)) setKey(place.parent, place.key, value);
  else throw missing('replace', path);
}

/** The value at a path that must exist. */
function read(root: Root, path: string, op: string): unknown {
  const value = valueAt(root, path);
  if (value === undefined) throw missing(op, path);
  return value;
}

function valueAt(root: Root, path: string): unknown {
  const place = find(root, path);
  return place === undefined ? root.document : child(place.parent, place.key);
}

function find(root: Root, path: string): Place {
  if (path === '') return undefined;
  if (!path.startsWith('/')) throw unprocessablePatch(`path ${JSON.stringify(path)} does not start with "/"`);
  const keys = path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const parent = keys.slice(0, -1).reduce<unknown>((value, key) => child(value, key), root.document);
  return { parent, key: keys.at(-1) ?? '' };
}

function child(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return INDEX.test(key) ? parent[Number(key)] : undefined;
  return isObject(parent) ? getKey(parent, key) : undefined;
}

function index(key: string, last: number, where: string): number {
  const number = INDEX.test(key) ? Number(key) : Number.NaN;
  if (!(number <= last)) {
    throw unprocessablePatch(
      `error in ${where}: Unable to access invalid index: ${key}: invalid index referenced`,
    );
  }
  return number;
}

function missing(op: string, path: string): ApiStatus {
  return unprocessablePatch(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
}
