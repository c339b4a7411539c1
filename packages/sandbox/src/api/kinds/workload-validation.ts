import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { forbidden, invalid, nonnegative, notSupported } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Subdomain } from './names.js';
import {
  atMostAll,
  countOf,
  intOrPercent,
  validateEndless,
  validatePodTemplate,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './template-validation.js';
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
  errors.push(...validateWorkloadSelector(spec.selector, 'deployment'));
  errors.push(...validateTemplateLabels(spec.selector, spec.template));
  errors.push(...validatePodTemplate('spec.template', spec.template));
  errors.push(...validateEndless(spec.template, 'ReplicaSet'));
  errors.push(...own(spec));
  if (before !== undefined && !equalJson(spec.selector, before.spec?.selector)) {
    errors.push(invalid('spec.selector', spec.selector ?? null, 'field is immutable'));
  }
  return errors;
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
  if (countOf(maxUnavailable) === 0 && countOf(maxSurge) === 0) {
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  errors.push(...atMostAll(`${at}.maxUnavailable`, maxUnavailable));
  return errors;
}
