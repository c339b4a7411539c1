import type { KubeObject, LabelSelector } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { forbidden, invalid, invalidEach, nonnegative, notSupported, required } from './field-errors.js';
import { validateAnnotations, validateLabels, validateMetadata, validateSelector } from './metadata.js';
import { dns1123Subdomain, percent } from './names.js';
import { validatePodSpec } from './pod-validation.js';
import type { Workload, WorkloadSpec } from './workload-types.js';

const STRATEGIES = ['Recreate', 'RollingUpdate'];

/** Checks a Deployment. */
export function validateDeployment(object: KubeObject, old?: KubeObject): FieldError[] {
  return validateWorkload(object, old, (spec) => {
    const { progressDeadlineSeconds: deadline, minReadySeconds = 0, revisionHistoryLimit } = spec;
    const errors = [
      ...validateStrategy('spec.strategy', spec.strategy ?? {}),
      ...nonnegative('spec.revisionHistoryLimit', revisionHistoryLimit),
      ...nonnegative('spec.progressDeadlineSeconds', deadline),
    ];
    if (deadline !== undefined && deadline <= minReadySeconds) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
    return errors;
  });
}

/** Checks a ReplicaSet. */
export function validateReplicaSet(object: KubeObject, old?: KubeObject): FieldError[] {
  return validateWorkload(object, old, () => []);
}

function validateWorkload(
  object: KubeObject,
  old: KubeObject | undefined,
  own: (spec: WorkloadSpec) => FieldError[],
): FieldError[] {
  const workload: Workload = object;
  const before: Workload | undefined = old;
  const { spec = {} } = workload;
  const errors = validateMetadata(workload, { name: dns1123Subdomain, namespaced: true });
  if (before !== undefined && equalJson(spec, before.spec)) return errors;
  errors.push(...nonnegative('spec.replicas', spec.replicas));
  errors.push(...nonnegative('spec.minReadySeconds', spec.minReadySeconds));
  errors.push(...validateWorkloadSelector(spec.selector));
  errors.push(...validateTemplate(spec));
  errors.push(...own(spec));
  if (before !== undefined && !equalJson(spec.selector, before.spec?.selector)) {
    errors.push(invalid('spec.selector', spec.selector ?? null, 'field is immutable'));
  }
  return errors;
}

function validateWorkloadSelector(selector: LabelSelector | undefined): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  const errors = validateSelector('spec.selector', selector);
  const terms = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0);
  if (terms === 0)
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for deployment'));
  return errors;
}

function validateTemplate({ selector, template }: WorkloadSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { labels, annotations } = template?.metadata ?? {};
  const { spec = {} } = template ?? {};
  if (selector !== undefined && !selects(selector, labels ?? {})) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, detail));
  }
  errors.push(
    ...validateLabels('spec.template.labels', labels),
    ...validateAnnotations('spec.template.annotations', annotations),
    ...validatePodSpec('spec.template.spec', spec),
  );
  if (spec.ephemeralContainers?.length) {
    const detail = 'ephemeral containers not allowed in pod template';
    errors.push(forbidden('spec.template.spec.ephemeralContainers', detail));
  }
  if (spec.restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', spec.restartPolicy ?? '', ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', detail));
  }
  return errors;
}

/** Whether labels fit a selector; an empty one fits all. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string>,
): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      const among = value !== undefined && values.includes(value);
      if (operator === 'In') return among;
      if (operator === 'NotIn') return !among;
      return (value !== undefined) === (operator === 'Exists');
    })
  );
}

function validateStrategy(field: string, strategy: NonNullable<WorkloadSpec['strategy']>): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  if (!STRATEGIES.includes(type)) return [notSupported(field, strategy, STRATEGIES)];
  if (rollingUpdate === undefined) return [];
  if (type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return [forbidden(`${field}.rollingUpdate`, detail)];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const at = `${field}.rollingUpdate`;
  const errors = [
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${at}.maxSurge`, maxSurge),
  ];
  if (Number.parseInt(String(maxUnavailable), 10) === 0 && Number.parseInt(String(maxSurge), 10) === 0) {
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
}

function intOrPercent(field: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return nonnegative(field, value);
  return invalidEach(field, value, percent(value));
}
