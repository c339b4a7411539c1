import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson, isObject } from '../storage/json.js';
import { forbidden, invalid, invalidEach, nonnegative, notSupported, required } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Label, dns1123Subdomain } from './names.js';
import type { PodTemplate, Volume } from './pod-types.js';
import type { StatefulSet, StatefulSetSpec, VolumeClaimTemplate } from './stateful-set-types.js';
import {
  validateEndless,
  validatePodTemplate,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './template-validation.js';

const POLICIES = ['OrderedReady', 'Parallel'];
const RETENTION = ['Retain', 'Delete'];
const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
/** What an update may change. */
const MUTABLE: ReadonlySet<string> = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
const IMMUTABLE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** Checks a StatefulSet; its name becomes part of host names, so that it is a DNS label. */
export function validateStatefulSet(object: KubeObject, old?: KubeObject): FieldError[] {
  const set: StatefulSet = object;
  const before: StatefulSet | undefined = old;
  const { spec = {} } = set;
  const errors = validateMetadata(set, { name: dns1123Label, namespaced: true });
  if (before !== undefined && equalJson(spec, before.spec)) return errors;
  errors.push(...validateSpec(spec, before === undefined));
  if (before !== undefined && !equalJson(fixedPart(spec), fixedPart(before.spec ?? {}))) {
    errors.push(forbidden('spec', IMMUTABLE));
  }
  return errors;
}

function fixedPart(spec: StatefulSetSpec): object {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !MUTABLE.has(key)));
}

function validateSpec(spec: StatefulSetSpec, isNew: boolean): FieldError[] {
  const { podManagementPolicy: policy = '', serviceName, volumeClaimTemplates = [] } = spec;
  const errors: FieldError[] = [];
  if (!POLICIES.includes(policy)) {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStrategy(spec.updateStrategy ?? {}), ...validateRetention(spec));
  // Immutable: what was stored once is not looked at again.
  if (isNew) errors.push(...volumeClaimTemplates.flatMap(validateClaim));
  errors.push(
    ...nonnegative('spec.replicas', spec.replicas),
    ...nonnegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonnegative('spec.ordinals.start', spec.ordinals?.start),
  );
  if (isNew && serviceName)
    errors.push(...invalidEach('spec.serviceName', serviceName, dns1123Label(serviceName)));
  return [
    ...errors,
    ...validateWorkloadSelector(spec.selector, 'statefulset'),
    ...validateTemplateLabels(spec.selector, spec.template),
    ...validatePodTemplate('spec.template', effectiveTemplate(spec)),
    ...validateEndless(spec.template, 'StatefulSet'),
  ];
}

function validateStrategy(strategy: NonNullable<StatefulSetSpec['updateStrategy']>): FieldError[] {
  const field = 'spec.updateStrategy';
  const { type = '', rollingUpdate } = strategy;
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    const value = { Type: type, RollingUpdate: internalRollingUpdate(rollingUpdate) };
    return [invalid(field, value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (rollingUpdate === undefined) return [];
  if (type === 'OnDelete') {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    return [invalid(`${field}.rollingUpdate`, internalRollingUpdate(rollingUpdate), detail)];
  }
  return nonnegative(`${field}.rollingUpdate.partition`, rollingUpdate.partition);
}

/** Upstream shows the value as it has it inside, with Go's names. */
function internalRollingUpdate(
  rollingUpdate: NonNullable<StatefulSetSpec['updateStrategy']>['rollingUpdate'],
): object | null {
  return rollingUpdate ? { Partition: rollingUpdate.partition ?? 0, MaxUnavailable: null } : null;
}

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec): FieldError[] {
  if (policy === undefined) return [];
  return (['whenDeleted', 'whenScaled'] as const).flatMap((key) => {
    const value = policy[key] ?? '';
    const field = `spec.persistentVolumeClaimRetentionPolicy.${key}`;
    return RETENTION.includes(value) ? [] : [notSupported(field, value, RETENTION)];
  });
}

function validateClaim({ spec = {} }: VolumeClaimTemplate, index: number): FieldError[] {
  const field = `spec.volumeClaimTemplates[${index}].spec`;
  const { accessModes = [], resources } = spec;
  const errors = accessModes.flatMap((mode) =>
    ACCESS_MODES.includes(mode) ? [] : [notSupported(`${field}.accessModes`, mode, ACCESS_MODES)],
  );
  if (accessModes.length === 0) {
    errors.push(required(`${field}.accessModes`, 'at least 1 access mode is required'));
  } else if (
    accessModes.includes('ReadWriteOncePod') &&
    accessModes.some((mode) => mode !== 'ReadWriteOncePod')
  ) {
    errors.push(forbidden(`${field}.accessModes`, 'may not use ReadWriteOncePod with other access modes'));
  }
  if (!resources?.requests?.storage) errors.push(required(`${field}.resources[storage]`));
  return errors;
}

/** What the controller makes of the template: host names and claims of storage are its own. */
function effectiveTemplate({
  template,
  volumeClaimTemplates = [],
}: StatefulSetSpec): PodTemplate | undefined {
  if (template?.spec === undefined) return template;
  const { hostname, subdomain, ...spec } = template.spec;
  const claims = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ''));
  const own = (spec.volumes ?? []).filter(({ name }) => !claims.has(name ?? ''));
  const volumes: Volume[] = [...claims].map((name) => ({ name, emptyDir: {} }));
  return { ...template, spec: { ...spec, volumes: [...volumes, ...own] } };
}

/** Checks a ControllerRevision: what it holds may not change, its number may. */
export function validateControllerRevision(object: KubeObject, old?: KubeObject): FieldError[] {
  const { data, revision } = object;
  const errors = [
    ...validateMetadata(object, { name: dns1123Subdomain, namespaced: true }),
    ...nonnegative('revision', typeof revision === 'number' ? revision : 0),
  ];
  if (old !== undefined) {
    if (!equalJson(data, old.data)) errors.push(invalid('data', data ?? null, 'field is immutable'));
  } else if (data === undefined) {
    errors.push(required('data', 'data is mandatory'));
  } else if (!isObject(data)) {
    errors.push(required('data', 'data must be a valid JSON object'));
  }
  return errors;
}
