import type { FieldError } from '../kinds.js';
import { forbidden, invalid, invalidEach, required } from './field-errors.js';
import { dns1123Subdomain, labelValue, qualifiedName } from './names.js';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from './pod-types.js';

/** The one field of nodes, beside labels, by which pods may choose them. */
const NODE_NAME = 'metadata.name';
const NO_OPERATOR = 'not a valid selector operator';

/** Checks which nodes a pod is drawn to. */
export function validateNodeAffinity(field: string, { nodeAffinity }: Affinity): FieldError[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: must } = nodeAffinity ?? {};
  const { preferredDuringSchedulingIgnoredDuringExecution: may = [] } = nodeAffinity ?? {};
  const at = `${field}.nodeAffinity`;
  const errors: FieldError[] = [];
  if (must) {
    const terms = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const { nodeSelectorTerms = [] } = must;
    if (nodeSelectorTerms.length === 0) {
      errors.push(required(terms, 'must have at least one node selector term'));
    }
    errors.push(...nodeSelectorTerms.flatMap((term, i) => validateTerm(`${terms}[${i}]`, term, true)));
  }
  for (const [i, { weight = 0, preference = {} }] of may.entries()) {
    const term = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    if (weight <= 0 || weight > 100) {
      errors.push(invalid(`${term}.weight`, weight, 'must be in the range 1-100'));
    }
    // A preference for a value that no label can have does no harm, and upstream lets it pass.
    errors.push(...validateTerm(`${term}.preference`, preference, false));
  }
  return errors;
}

function validateTerm(field: string, term: NodeSelectorTerm, strict: boolean): FieldError[] {
  const { matchExpressions = [], matchFields = [] } = term;
  return [
    ...matchExpressions.flatMap((each, i) => validateLabel(`${field}.matchExpressions[${i}]`, each, strict)),
    ...matchFields.flatMap((each, i) => validateField(`${field}.matchFields[${i}]`, each)),
  ];
}

function validateLabel(at: string, requirement: NodeSelectorRequirement, strict: boolean): FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    if (values.length === 0) errors.push(required(`${at}.values`, detail));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (values.length > 0) errors.push(forbidden(`${at}.values`, detail));
  } else if (operator === 'Gt' || operator === 'Lt') {
    const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
    if (values.length !== 1) errors.push(required(`${at}.values`, detail));
  } else {
    errors.push(invalid(`${at}.operator`, operator, NO_OPERATOR));
  }
  errors.push(...invalidEach(`${at}.key`, key, qualifiedName(key)));
  if (!strict) return errors;
  return [
    ...errors,
    ...values.flatMap((value, i) => invalidEach(`${at}.values[${i}]`, value, labelValue(value))),
  ];
}

function validateField(at: string, { key = '', operator = '', values = [] }: NodeSelectorRequirement) {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${at}.operator`, operator, NO_OPERATOR));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${at}.values`, detail));
  }
  if (key !== NODE_NAME) return [...errors, invalid(`${at}.key`, key, 'not a valid field selector key')];
  return [
    ...errors,
    ...values.flatMap((value, i) => invalidEach(`${at}.values[${i}]`, value, dns1123Subdomain(value))),
  ];
}
