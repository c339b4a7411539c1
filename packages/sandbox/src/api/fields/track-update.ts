import { compareValues } from './compare.js';
import { difference, type FieldSet, fieldSet, intersection, isEmpty, MEMBER, union } from './field-set.js';
import { capManagers, type Managed, type Managers, type Writer, withoutIdle, writerKey } from './managers.js';
import type { MergeType } from './merge-type.js';

/** Two states of an object and the type that both have. */
export interface Change {
  /** Undefined: the object is made by this write. */
  readonly old: object | undefined;
  readonly next: object;
  readonly type: MergeType;
}

/** What the server owns itself: nobody manages it. */
const SERVER_FIELDS: FieldSet = fieldSet(
  false,
  new Map([
    ['f:apiVersion', MEMBER],
    ['f:kind', MEMBER],
    [
      'f:metadata',
      fieldSet(
        true,
        new Map(
          [
            'name',
            'namespace',
            'creationTimestamp',
            'selfLink',
            'uid',
            'clusterName',
            'generation',
            'managedFields',
            'resourceVersion',
          ].map((name) => [`f:${name}`, MEMBER]),
        ),
      ),
    ],
  ]),
);

/** The fields without those that belong to the server. */
export function managedPart(fields: FieldSet): FieldSet {
  return difference(fields, SERVER_FIELDS);
}

/**
 * Who manages which field after an update (KEP-555): the writer takes what it changed or added from all others; what
 * is gone is managed by nobody. `time` is the time of the write.
 */
export function trackUpdate(
  { old, next, type }: Change,
  managers: Managers,
  { writer, time }: { readonly writer: Writer; readonly time: string | undefined },
): Managers {
  const { removed, modified, added } = compareValues(old ?? {}, next, type);
  const taken = union(modified, added);
  const gone = union(taken, removed);
  if (isEmpty(gone)) return managers;
  const key = writerKey(writer);
  // What the writer has already it need not lose first.
  const lost = (each: string): FieldSet => (each === key ? removed : gone);
  const result = withoutIdle(
    new Map(
      [...managers].map(([each, managed]) => [
        each,
        withFields(managed, difference(managed.fields, lost(each))),
      ]),
    ),
  );
  const fields = managedPart(taken);
  if (isEmpty(fields)) return result;
  const before = result.get(key);
  result.set(key, {
    ...writer,
    fields: before ? union(before.fields, fields) : fields,
    ...(time === undefined ? {} : { time }),
  });
  return capManagers(result);
}

function withFields(managed: Managed, fields: FieldSet): Managed {
  return fields === managed.fields ? managed : { ...managed, fields };
}

/** What of the others' fields a change takes; each with the fields that are taken. */
export function conflictsOf({ old, next, type }: Change, managers: Managers, self: string): Managed[] {
  const { modified, added } = compareValues(old ?? {}, next, type);
  const taken = union(modified, added);
  return [...managers]
    .filter(([key]) => key !== self)
    .map(([, managed]) => ({ ...managed, fields: intersection(managed.fields, taken) }))
    .filter(({ fields }) => !isEmpty(fields));
}
