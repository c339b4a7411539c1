import type { KubeObject } from '../../objects.js';
import type { FieldError, KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME } from './columns.js';
import type { DisruptionBudget, DisruptionBudgetSpec } from './disruption-budget-types.js';
import { since } from './duration.js';
import { invalid, invalidEach, nonnegative, notSupported } from './field-errors.js';
import { validateMetadata, validateSelector } from './metadata.js';
import { dns1123Subdomain, percent } from './names.js';
import { STORED_VERBS } from './verbs.js';

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

/** PodDisruptionBudgets. */
export const DISRUPTION_KINDS: readonly KindInfo[] = [
  {
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    singular: 'poddisruptionbudget',
    shortNames: ['pdb'],
    group: 'policy',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status'],
    setDefaults: defaultBudget,
    validate: validateBudget,
    table: budgetTable(),
  },
];

function defaultBudget(object: KubeObject): void {
  const budget: DisruptionBudget = object;
  budget.spec ??= {};
  const numbers = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  budget.status = { ...numbers, ...budget.status };
}

function validateBudget(object: KubeObject): FieldError[] {
  const budget: DisruptionBudget = object;
  const { spec = {} } = budget;
  const errors = validateMetadata(budget, { name: dns1123Subdomain, namespaced: true });
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalid('spec', internalSpec(spec), 'minAvailable and maxUnavailable cannot be both set'));
  }
  errors.push(...validateAmount('spec.minAvailable', spec.minAvailable));
  errors.push(...validateAmount('spec.maxUnavailable', spec.maxUnavailable));
  errors.push(...validateSelector('spec.selector', spec.selector ?? {}));
  const { unhealthyPodEvictionPolicy: policy } = spec;
  if (policy !== undefined && !EVICTION_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, EVICTION_POLICIES));
  }
  return errors;
}

/** Upstream prints the spec as its own Go type, whose fields have the names of Go. */
function internalSpec(spec: DisruptionBudgetSpec): object {
  return {
    MinAvailable: spec.minAvailable,
    Selector: spec.selector ?? null,
    MaxUnavailable: spec.maxUnavailable,
    UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
  };
}

/** A count of pods or a share of at most all. */
function validateAmount(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value !== 'string') return nonnegative(field, value);
  const errors = invalidEach(field, value, percent(value));
  if (errors.length === 0 && Number.parseInt(value, 10) > 100) {
    errors.push(invalid(field, value, 'must not be greater than 100%'));
  }
  return errors;
}

function budgetTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Min Available'),
      column('Max Unavailable'),
      column('Allowed Disruptions', 'integer'),
      AGE,
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: DisruptionBudget = object;
      return [
        metadata.name,
        String(spec.minAvailable ?? 'N/A'),
        String(spec.maxUnavailable ?? 'N/A'),
        status.disruptionsAllowed ?? 0,
        since(metadata.creationTimestamp, nowMs),
      ];
    },
  };
}
