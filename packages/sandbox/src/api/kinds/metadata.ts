import type { KubeObject, LabelSelector, OwnerReference } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { forbidden, invalid, invalidEach, required, tooLong } from './field-errors.js';
import { dns1123Label, labelValue, type NameRule, qualifiedName } from './names.js';

const MAX_ANNOTATION_BYTES = 256 * 1024;
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Checks an object's metadata; `name` is the rule of its kind. */
export function validateMetadata(
  { metadata }: KubeObject,
  { name, namespaced }: { name: NameRule; namespaced: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    errors.push(
      ...invalidEach('metadata.generateName', metadata.generateName, name(asPrefix(metadata.generateName))),
    );
  }
  if (metadata.name) errors.push(...invalidEach('metadata.name', metadata.name, name(metadata.name)));
  else errors.push(required('metadata.name', 'name or generateName is required'));
  const { namespace } = metadata;
  if (!namespaced) {
    if (namespace) errors.push(forbidden('metadata.namespace', 'not allowed on this type'));
  } else if (namespace) {
    errors.push(...invalidEach('metadata.namespace', namespace, dns1123Label(namespace)));
  } else {
    errors.push(required('metadata.namespace'));
  }
  return [
    ...errors,
    ...validateLabels('metadata.labels', metadata.labels),
    ...validateAnnotations('metadata.annotations', metadata.annotations),
    ...validateOwners(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
  ];
}

/** Checks the keys and values of labels. */
export function validateLabels(field: string, labels: Record<string, string> | undefined): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...invalidEach(field, key, qualifiedName(key)),
    ...invalidEach(field, value, labelValue(value)),
  ]);
}

/** Checks the keys and the size of annotations. */
export function validateAnnotations(
  field: string,
  annotations: Record<string, string> | undefined,
): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) => invalidEach(field, key, qualifiedName(key.toLowerCase())));
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return bytes > MAX_ANNOTATION_BYTES ? [...errors, tooLong(field, MAX_ANNOTATION_BYTES)] : errors;
}

/** Checks a label selector. */
export function validateSelector(field: string, selector: LabelSelector): FieldError[] {
  const errors = validateLabels(`${field}.matchLabels`, selector.matchLabels);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(`${at}.values`, detail));
      }
    } else {
      errors.push(invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
    }
    errors.push(...invalidEach(`${at}.key`, key ?? '', qualifiedName(key ?? '')));
    for (const [at2, value] of values.entries()) {
      errors.push(...invalidEach(`${at}.values[${at2}]`, value, labelValue(value)));
    }
  }
  return errors;
}

function validateOwners(owners: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  for (const owner of owners) {
    if (!owner.apiVersion) errors.push(invalid(`${field}.apiVersion`, '', 'version must not be empty'));
    for (const key of ['kind', 'name', 'uid'] as const) {
      if (!owner[key]) errors.push(invalid(`${field}.${key}`, '', 'must not be empty'));
    }
  }
  const [first, second] = owners.filter((owner) => owner.controller);
  if (first && second) {
    const detail =
      'Only one reference can have Controller set to true. Found "true" in references for ' +
      `${first.kind}/${first.name} and ${second.kind}/${second.name}`;
    errors.push(invalid(field, owners, detail));
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((each) => invalidEach(field, each, qualifiedName(each)));
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    errors.push(invalid(field, finalizers, `finalizer ${FOREGROUND} and ${ORPHAN} cannot be both set`));
  }
  return errors;
}

/** A prefix may end in a dash, because characters follow. */
function asPrefix(generateName: string): string {
  return generateName.length > 1 && generateName.endsWith('-')
    ? `${generateName.slice(0, -2)}a`
    : generateName;
}
