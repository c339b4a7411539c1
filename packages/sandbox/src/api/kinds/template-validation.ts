import type { LabelSelector } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { forbidden, invalid, invalidEach, nonnegative, notSupported, required } from './field-errors.js';
import { validateAnnotations, validateLabels, validateSelector } from './metadata.js';
import { percent } from './names.js';
import type { PodTemplate } from './pod-types.js';
import { validatePodSpec } from './pod-validation.js';

/** Checks the selector of a workload; `word` names the kind as upstream's message does. */
export function validateWorkloadSelector(selector: LabelSelector | undefined, word: string): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  const errors = validateSelector('spec.selector', selector);
  const terms = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0);
  if (terms === 0) errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${word}`));
  return errors;
}

/** Checks that a workload's selector selects the pods of its template. */
export function validateTemplateLabels(
  selector: LabelSelector | undefined,
  template: PodTemplate | undefined,
): FieldError[] {
  const labels = template?.metadata?.labels;
  if (selector === undefined || selects(selector, labels ?? {})) return [];
  const detail = '`selector` does not match template `labels`';
  return [invalid('spec.template.metadata.labels', labels ?? null, detail)];
}

/** Checks a pod template that stands at `field`. */
export function validatePodTemplate(field: string, template: PodTemplate | undefined): FieldError[] {
  const { labels, annotations } = template?.metadata ?? {};
  const { spec = {} } = template ?? {};
  const errors = [
    ...validateLabels(`${field}.labels`, labels),
    ...validateAnnotations(`${field}.annotations`, annotations),
    ...validatePodSpec(`${field}.spec`, spec),
  ];
  if (spec.ephemeralContainers?.length) {
    const detail = 'ephemeral containers not allowed in pod template';
    errors.push(forbidden(`${field}.spec.ephemeralContainers`, detail));
  }
  return errors;
}

/** Checks what the pods of a workload that never ends may not say; `kind` names it as upstream's message does. */
export function validateEndless(template: PodTemplate | undefined, kind: string): FieldError[] {
  const { spec = {} } = template ?? {};
  const errors: FieldError[] = [];
  if (spec.restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', spec.restartPolicy ?? '', ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
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

/** Checks a count or a share of one. */
export function intOrPercent(field: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return nonnegative(field, value);
  return invalidEach(field, value, percent(value));
}

/** Refuses a share above all of it. */
export function atMostAll(field: string, value: number | string): FieldError[] {
  const share = typeof value === 'string' && percent(value).length === 0 ? Number.parseInt(value, 10) : 0;
  return share > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** The number of a count or of a share. */
export function countOf(value: number | string): number {
  const count = Number.parseInt(String(value), 10);
  return Number.isNaN(count) ? 0 : count;
}
