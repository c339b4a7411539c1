import type { KubeObject } from '../../objects.js';
import { isObject } from '../storage/json.js';
import { compareValues } from './compare.js';
import { difference, type FieldSet, union } from './field-set.js';
import type { Writer } from './managers.js';
import type { MergeType } from './merge-type.js';
import { ownedFields } from './owned-fields.js';

/** The annotation in which `kubectl apply` keeps what it applied. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** The manager for which upstream keeps client-side and server-side apply in step. */
const KUBECTL = 'kubectl';

/** The fields that `kubectl apply` set on the client and that are still as it set them; undefined when there are none. */
export function allowedByLastApplied(
  live: KubeObject,
  { type, writer }: { type: MergeType; writer: Writer },
): FieldSet | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (writer.manager !== KUBECTL || !text) return undefined;
  const applied = parse(text);
  if (!applied || applied.apiVersion !== writer.apiVersion) return undefined;
  const { removed, modified, added } = compareValues(applied, live, type);
  return difference(ownedFields(applied, type), union(removed, union(modified, added)));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what kubectl applied on the server into its annotation, where that exists (mutates `object`). */
export function syncLastApplied(object: KubeObject, config: KubeObject, { manager }: Writer): void {
  const { annotations } = object.metadata;
  if (manager !== KUBECTL || !annotations?.[LAST_APPLIED]) return;
  annotations[LAST_APPLIED] = `${JSON.stringify(sorted(withoutAnnotation(config)))}\n`;
}

function withoutAnnotation({ metadata, ...rest }: KubeObject): object {
  const { annotations, ...meta } = metadata;
  const { [LAST_APPLIED]: _, ...others } = annotations ?? {};
  return {
    ...rest,
    metadata: { ...meta, ...(Object.keys(others).length > 0 ? { annotations: others } : {}) },
  };
}

/** Go writes the keys of maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
