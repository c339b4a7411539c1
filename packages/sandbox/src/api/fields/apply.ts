import type { KubeObject } from '../../objects.js';
import { copyJson, equalJson, isObject } from '../storage/json.js';
import { difference, type FieldSet, intersection, isEmpty, union, without } from './field-set.js';
import { allowedByLastApplied } from './last-applied.js';
import { type Managed, type Managers, type Writer, withoutIdle, writerKey } from './managers.js';
import { mergeValues, removeFields } from './merge.js';
import type { MergeType } from './merge-type.js';
import { ownedFields, withParents } from './owned-fields.js';
import { conflictsOf, managedPart, trackUpdate } from './track-update.js';

/** A configuration that is applied to an object. */
export interface Application {
  /** Undefined: there is no such object yet. */
  readonly live: KubeObject | undefined;
  readonly config: KubeObject;
  readonly type: MergeType;
  readonly writer: Writer;
  /** Takes fields that others manage instead of refusing. */
  readonly force: boolean;
  /** Fields at the top of the object that this way of writing does not touch. */
  readonly untouched: readonly string[];
  /** The time of the write. */
  readonly time: string;
}

/** What came of it: a new state and its managers, or the fields of others that it would change. */
export type Applied =
  | { readonly object: KubeObject; readonly managers: Managers }
  | { readonly conflicts: readonly Managed[] };

/**
 * Server-side apply (KEP-555). Fields of the configuration are merged into the live object; those that its manager
 * applied before and no longer does go, unless another one manages them. Neither object is changed.
 */
export function applyConfig(application: Application, managers: Managers): Applied {
  const { live, config, type, writer, force, untouched, time } = application;
  const self = writerKey(writer);
  const before = managers.get(self);
  const wanted = without(
    ownedFields(config, type),
    untouched.map((name) => `f:${name}`),
  );
  const others = new Map([...managers].filter(([key]) => key !== self));
  const merged = mergeValues(live ?? {}, withoutMembers(config, untouched), type);
  const everybody = [...others.values()].reduce((all, { fields }) => union(all, fields), wanted);
  const next = objectOf(pruned(merged, type, { last: before?.fields, everybody }), config);
  const change = { old: live, next, type };
  const conflicts = force ? [] : conflictsOf(change, others, self);
  const refused = live ? withoutAllowed(conflicts, { live, type, writer }) : conflicts;
  if (refused.length > 0) return { conflicts: refused };
  const left = trackTaken(change, others);
  const fields = managedPart(wanted);
  const same = live !== undefined && equalJson(live, next);
  if (!isEmpty(fields)) {
    const kept = same ? before?.time : time;
    left.set(self, { ...writer, fields, ...(kept === undefined ? {} : { time: kept }) });
  }
  return { object: next, managers: left };
}

/** The others after a change that takes what it wants. */
function trackTaken(change: Parameters<typeof trackUpdate>[0], others: Managers): Map<string, Managed> {
  const nobody: Writer = { manager: '', operation: 'Update', apiVersion: '', subresource: '' };
  const tracked = new Map(trackUpdate(change, others, { writer: nobody, time: undefined }));
  tracked.delete(writerKey(nobody));
  return withoutIdle(tracked);
}

/** Conflicts that come only of what `kubectl apply` did before it applied on the server are none. */
function withoutAllowed(
  conflicts: readonly Managed[],
  { live, type, writer }: { live: KubeObject; type: MergeType; writer: Writer },
): readonly Managed[] {
  if (conflicts.length === 0) return conflicts;
  const allowed = allowedByLastApplied(live, { type, writer });
  if (!allowed) return conflicts;
  return conflicts
    .map((managed) => ({ ...managed, fields: difference(managed.fields, allowed) }))
    .filter(({ fields }) => !isEmpty(fields));
}

interface Ownership {
  /** What the manager applied before. */
  readonly last: FieldSet | undefined;
  /** What anybody manages now. */
  readonly everybody: FieldSet;
}

/** The merged object without what only its manager's last configuration had. */
function pruned(merged: unknown, type: MergeType, { last, everybody }: Ownership): unknown {
  if (!last || isEmpty(last)) return merged;
  const lastAll = withParents(last, type);
  const all = withParents(ownedFields(merged, type), type);
  const remaining = (value: unknown): FieldSet => withParents(ownedFields(value, type), type);
  const bare = remaining(removeFields(merged, lastAll, type));
  const owned = removeFields(merged, difference(all, union(bare, withParents(everybody, type))), type);
  return removeFields(merged, intersection(difference(all, remaining(owned)), lastAll), type);
}

/** What is left is an object with the identity of the configuration. */
function objectOf(value: unknown, config: KubeObject): KubeObject {
  const members = isObject(value) ? (copyJson(value) as Record<string, unknown>) : {};
  const metadata = isObject(members.metadata) ? members.metadata : {};
  return {
    ...withoutNulls(members),
    apiVersion: config.apiVersion,
    kind: config.kind,
    metadata: { ...(withoutNulls(metadata) as object), name: config.metadata.name },
  };
}

function withoutNulls(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function withoutMembers(object: KubeObject, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
