import type { KubeObject } from '../../objects.js';
import { kubeTime } from '../clock.js';
import { applyConfig } from '../fields/apply.js';
import { applyConflict } from '../fields/conflicts.js';
import { typeErrors } from '../fields/field-errors.js';
import { syncLastApplied } from '../fields/last-applied.js';
import { decodeManagers, encodeManagers, type Managers, type Writer } from '../fields/managers.js';
import { type MergeType, structType } from '../fields/merge-type.js';
import { trackUpdate } from '../fields/track-update.js';
import type { KindInfo } from '../kinds.js';
import { messageOf } from '../protobuf/messages.js';
import { badRequest } from '../refusals.js';
import { ApiStatus } from '../status.js';
import type { ApplyOptions, WriteOptions } from '../store.js';
import { copyJson, equalJson, freezeDeep } from './json.js';
import { apiVersionOf } from './metadata.js';

export type { Managers } from '../fields/managers.js';

/** Who writes when nobody says so: the controllers of this process. */
const CONTROLLERS = 'kube-controller-manager';
/** Who made what was there before anything was tracked. */
const BEFORE_APPLY = 'before-first-apply';
const NOBODY: Managers = new Map();

/** A write whose managers are to be found out. */
export interface TrackedWrite {
  readonly kind: KindInfo;
  readonly old: KubeObject;
  readonly next: KubeObject;
  readonly managers: Managers;
  readonly options: WriteOptions;
  readonly nowMs: number;
}

/**
 * The managers of a stored object. `asked` are those that an update sends along: an empty list, or one of an empty
 * entry, means none from now on; what cannot be read does not count.
 */
export function managersOf({ metadata }: KubeObject, asked?: unknown): Managers {
  const stored = metadata.managedFields;
  if (Array.isArray(asked) && asked !== stored && !equalJson(asked, stored)) {
    if (asked.length === 0 || equalJson(asked, [{}])) return NOBODY;
    const managers = decodeManagers(asked);
    if (managers && managers.size > 0) return managers;
  }
  return decodeManagers(stored) ?? NOBODY;
}

/** A mutable copy, but for `metadata.managedFields`, which is shared: it is big and only replaced as a whole. */
export function copyObject({ metadata, ...members }: KubeObject): KubeObject {
  const { managedFields, ...meta } = metadata;
  const copy = copyJson<KubeObject>({ ...members, metadata: meta } as KubeObject);
  if (managedFields !== undefined) copy.metadata.managedFields = managedFields;
  return copy;
}

/** Sets or removes `metadata.managedFields`. */
export function setManagedFields({ metadata }: KubeObject, managers: Managers): void {
  if (managers.size === 0) {
    delete metadata.managedFields;
    return;
  }
  metadata.managedFields = freezeDeep(encodeManagers(managers));
}

interface Creation {
  /** The managers of an object that is applied. */
  readonly applied: Managers | undefined;
  readonly options: WriteOptions;
  readonly nowMs: number;
}

/** Its writer manages all fields of a new object that it or its defaults set. */
export function setOnCreate(kind: KindInfo, next: KubeObject, { applied, options, nowMs }: Creation): void {
  const type = typeOfKind(kind);
  const asked = managersOf(next);
  delete next.metadata.managedFields;
  if (!type) return;
  const { status, ...shown } = next;
  const who = { writer: writerOf(kind, options, 'Update'), time: kubeTime(nowMs) };
  const change = { old: undefined, next: kind.subresources.includes('status') ? shown : next, type };
  setManagedFields(next, applied ?? trackUpdate(change, asked, who));
}

/** The managers after an update. An object that nobody has tracked is not tracked now. */
export function asUpdate({ kind, old, next, managers, options, nowMs }: TrackedWrite): Managers {
  const type = typeOfKind(kind);
  if (managers.size === 0 || !type || options.subresource === 'binding') return managers;
  // As upstream: nobody writes down when somebody scaled.
  const time = options.subresource === 'scale' ? undefined : kubeTime(nowMs);
  // The rest is as it was: it need not be looked at.
  const part = options.subresource === 'status' ? statusOf : (object: KubeObject): object => object;
  const change = { old: part(old), next: part(next), type };
  return trackUpdate(change, managers, { writer: writerOf(kind, options, 'Update'), time });
}

function statusOf({ status }: KubeObject): object {
  return status === undefined ? {} : { status };
}

/** The managers after an apply: they are known already. */
export function asApplied({ managers }: TrackedWrite): Managers {
  return managers;
}

interface Application {
  readonly kind: KindInfo;
  readonly live: KubeObject | undefined;
  readonly config: KubeObject;
  readonly options: ApplyOptions;
  readonly nowMs: number;
}

/** Merges a configuration into the live object; throws 400, 409 and, in upstream's words, 500. */
export function applied({ kind, live, config, options, nowMs }: Application): {
  object: KubeObject;
  managers: Managers;
} {
  const type = typeOfKind(kind);
  if (!type) throw badRequest(`objects of kind ${kind.kind} cannot be applied`);
  checkConfig(kind, config, type);
  const time = kubeTime(nowMs);
  const writer = writerOf(kind, options, 'Apply');
  const application = { live, config, type, writer, time };
  const untouched = untouchedBy(kind, options);
  const result = applyConfig(
    { ...application, untouched, force: options.force === true },
    live ? managersBefore(live, { type, writer, time }) : NOBODY,
  );
  if ('conflicts' in result) throw applyConflict(result.conflicts);
  syncLastApplied(result.object, config, writer);
  return result;
}

/** An object that nobody has tracked was made by somebody. */
function managersBefore(
  live: KubeObject,
  { type, writer, time }: { type: MergeType; writer: Writer; time: string },
): Managers {
  const managers = managersOf(live);
  if (managers.size > 0) return managers;
  const before: Writer = { ...writer, manager: BEFORE_APPLY, operation: 'Update' };
  return trackUpdate({ old: undefined, next: live, type }, NOBODY, { writer: before, time });
}

function untouchedBy(kind: KindInfo, { subresource }: WriteOptions): readonly string[] {
  if (!kind.subresources.includes('status')) return [];
  return subresource === 'status' ? ['spec'] : ['status'];
}

function checkConfig(kind: KindInfo, config: KubeObject, type: MergeType): void {
  const { metadata } = config;
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const errors = typeErrors(config, type);
  const [first] = errors;
  if (first === undefined) return;
  const what = errors.length === 1 ? first : ['errors:', ...errors.map((each) => `  ${each}`)].join('\n');
  const which = `${metadata.namespace ?? ''}/${metadata.name}; ${groupVersion(kind)}, Kind=${kind.kind}`;
  throw new ApiStatus(500, '', `failed to create typed patch object (${which}): ${what}`);
}

/** As Go prints a schema.GroupVersion: `apps/v1`, `/v1`. */
function groupVersion({ group, version }: KindInfo): string {
  return `${group}/${version}`;
}

function typeOfKind(kind: KindInfo): MergeType | undefined {
  const message = messageOf(apiVersionOf(kind), kind.kind);
  return message && structType(message);
}

function writerOf(kind: KindInfo, options: WriteOptions, operation: Writer['operation']): Writer {
  const { fieldManager = CONTROLLERS, subresource = '' } = options;
  return { manager: fieldManager, operation, apiVersion: apiVersionOf(kind), subresource };
}
