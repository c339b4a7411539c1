import type { ManagedFieldsEntry } from '../../objects.js';
import { isObject } from '../storage/json.js';
import { type FieldSet, fromFieldsV1, isEmpty, toFieldsV1, union } from './field-set.js';

/** Who writes an object, and how. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** `''` for the object itself. */
  readonly subresource: string;
}

/** A writer and the fields that it manages. */
export interface Managed extends Writer {
  readonly fields: FieldSet;
  /** When it last changed one of them, in RFC 3339; absent where nobody keeps it. */
  readonly time?: string;
}

/** All that manage fields of one object, by `writerKey`. */
export type Managers = ReadonlyMap<string, Managed>;

/** More entries of updates than these are merged into one, the oldest first, as upstream. */
const MAX_UPDATE_MANAGERS = 10;
const ANCIENT = 'ancient-changes';

/** Tells managers apart: an applier is the same in every version. */
export function writerKey({ manager, operation, apiVersion, subresource }: Writer): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Entries of objects are frozen, so what was read of one stays true. */
const decoded = new WeakMap<object, Managed>();

/** Reads `metadata.managedFields`; undefined when an entry cannot be read. */
export function decodeManagers(entries: unknown): Managers | undefined {
  const result = new Map<string, Managed>();
  for (const entry of Array.isArray(entries) ? (entries as unknown[]) : []) {
    const managed = isObject(entry) ? (decoded.get(entry) ?? decodeEntry(entry)) : undefined;
    if (!managed) return undefined;
    result.set(writerKey(managed), managed);
  }
  return result;
}

function decodeEntry(entry: Record<string, unknown>): Managed | undefined {
  const { manager = '', operation, apiVersion, fieldsType, time, subresource = '' } = entry;
  const fields = fromFieldsV1(entry.fieldsV1 ?? {});
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  if (!fields || typeof manager !== 'string' || typeof subresource !== 'string') return undefined;
  const managed: Managed = { manager, operation, apiVersion, subresource, fields };
  return typeof time === 'string' ? { ...managed, time } : managed;
}

/** `metadata.managedFields` of these managers: appliers first, then by time. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(compareManaged).map(encodeEntry);
}

const encoded = new WeakMap<Managed, ManagedFieldsEntry>();

function encodeEntry(managed: Managed): ManagedFieldsEntry {
  const known = encoded.get(managed);
  if (known) return known;
  const { manager, operation, apiVersion, subresource, fields, time } = managed;
  const entry = Object.freeze({
    ...(manager ? { manager } : {}),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
    ...(subresource ? { subresource } : {}),
  });
  encoded.set(managed, entry);
  decoded.set(entry, managed);
  return entry;
}

function compareManaged(a: Managed, b: Managed): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function secondsOf({ time }: Managed): number {
  return time === undefined ? 0 : Math.trunc(Date.parse(time) / 1000);
}

/** Merges the oldest updates into one entry for each version, until there are no more than ten. */
export function capManagers(managers: Managers): Managers {
  const updates = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updates.length <= MAX_UPDATE_MANAGERS) return managers;
  const result = new Map(managers);
  const oldest = updates.sort(
    ([, a], [, b]) => secondsOf(a) - secondsOf(b) || compareText(writerKey(a), writerKey(b)),
  );
  const firstOfVersion = new Map<string, string>();
  let left = updates.length;
  for (const [key, managed] of oldest) {
    if (left <= MAX_UPDATE_MANAGERS) break;
    const first = firstOfVersion.get(managed.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(managed.apiVersion, key);
      continue;
    }
    const bucket: Writer = {
      manager: ANCIENT,
      operation: 'Update',
      apiVersion: managed.apiVersion,
      subresource: '',
    };
    const before = result.get(writerKey(bucket)) ?? result.get(first);
    result.delete(first);
    result.delete(key);
    const { time } = managed;
    const fields = before ? union(before.fields, managed.fields) : managed.fields;
    result.set(writerKey(bucket), { ...bucket, fields, ...(time === undefined ? {} : { time }) });
    left--;
  }
  return result;
}

/** The managers without those that have no fields left. */
export function withoutIdle(managers: ReadonlyMap<string, Managed>): Map<string, Managed> {
  return new Map([...managers].filter(([, { fields }]) => !isEmpty(fields)));
}
