import type { KubeObject, LabelSelector } from '../../objects.js';
import type { FieldError, KindInfo, TableSpec } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import { invalid, nonnegative, notSupported, required } from './field-errors.js';
import { labelText, selectorText } from './label-text.js';
import { validateMetadata, validateSelector } from './metadata.js';
import { dns1123Subdomain } from './names.js';
import type { PodTemplate } from './pod-types.js';
import { containerCells, defaultTemplate } from './template.js';
import {
  atMostAll,
  countOf,
  intOrPercent,
  validateEndless,
  validatePodTemplate,
  validateTemplateLabels,
} from './template-validation.js';
import { STORED_VERBS } from './verbs.js';

/** The fields of a DaemonSet that the API server itself reads. */
interface DaemonSet extends KubeObject {
  spec?: DaemonSetSpec;
  status?: Record<string, number>;
}

interface DaemonSetSpec {
  selector?: LabelSelector;
  template?: PodTemplate;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  updateStrategy?: {
    type?: string;
    rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
  };
}

/** How often the template has changed: an internal field of upstream that shows as this annotation. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const STRATEGIES = ['RollingUpdate', 'OnDelete'];
/** Counts that upstream writes even when they are zero. */
const ALWAYS_SHOWN = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
];

/** DaemonSets. */
export const DAEMON_SET_KINDS: readonly KindInfo[] = [
  {
    kind: 'DaemonSet',
    resource: 'daemonsets',
    singular: 'daemonset',
    shortNames: ['ds'],
    categories: ['all'],
    group: 'apps',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status'],
    setDefaults: defaultDaemonSet,
    prepareUpdate: countTemplates,
    validate: validateDaemonSet,
    table: daemonSetTable(),
  },
];

function defaultDaemonSet(object: KubeObject): void {
  const set: DaemonSet = object;
  set.spec ??= {};
  const { spec } = set;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultTemplate(spec);
  set.metadata.annotations = { [TEMPLATE_GENERATION]: '1', ...set.metadata.annotations };
  set.status ??= {};
  for (const count of ALWAYS_SHOWN) set.status[count] ??= 0;
}

function countTemplates(object: KubeObject, old: KubeObject): void {
  const set: DaemonSet = object;
  const before: DaemonSet = old;
  const generation = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
  const changed = !equalJson(set.spec?.template, before.spec?.template);
  set.metadata.annotations = {
    ...set.metadata.annotations,
    [TEMPLATE_GENERATION]: String(changed ? generation + 1 : generation),
  };
}

function validateDaemonSet(object: KubeObject, old?: KubeObject): FieldError[] {
  const set: DaemonSet = object;
  const before: DaemonSet | undefined = old;
  const { spec = {} } = set;
  const { selector } = spec;
  const errors = validateMetadata(set, { name: dns1123Subdomain, namespaced: true });
  if (before !== undefined && equalJson(spec, before.spec)) return errors;
  if (before !== undefined && !equalJson(selector, before.spec?.selector)) {
    errors.push(invalid('spec.selector', selector ?? null, 'field is immutable'));
  }
  errors.push(
    ...(selector === undefined ? [required('spec.selector')] : validateSelector('spec.selector', selector)),
  );
  errors.push(...validateTemplateLabels(selector, spec.template));
  if (
    selector &&
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0
  ) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...validatePodTemplate('spec.template', spec.template),
    ...validateEndless(spec.template, 'DaemonSet'),
    ...nonnegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...nonnegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function validateStrategy(strategy: NonNullable<DaemonSetSpec['updateStrategy']>): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  // Upstream shows the value as it has it inside, with Go's names.
  if (!STRATEGIES.includes(type)) {
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
    const inner = rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null;
    return [notSupported('spec.updateStrategy', { Type: type, RollingUpdate: inner }, STRATEGIES)];
  }
  if (type === 'OnDelete') return [];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const at = 'spec.updateStrategy.rollingUpdate';
  const errors = [
    ...intOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${at}.maxSurge`, maxSurge),
    ...atMostAll(`${at}.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${at}.maxSurge`, maxSurge),
  ];
  if (countOf(maxUnavailable) !== 0 && countOf(maxSurge) !== 0) {
    errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (countOf(maxUnavailable) === 0 && countOf(maxSurge) === 0) {
    errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

function daemonSetTable(): TableSpec {
  return {
    columns: [
      NAME,
      ...['Desired', 'Current', 'Ready', 'Up-to-date', 'Available'].map((name) => column(name, 'integer')),
      column('Node Selector'),
      AGE,
      wide('Containers'),
      wide('Images'),
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: DaemonSet = object;
      return [
        metadata.name,
        status.desiredNumberScheduled ?? 0,
        status.currentNumberScheduled ?? 0,
        status.numberReady ?? 0,
        status.updatedNumberScheduled ?? 0,
        status.numberAvailable ?? 0,
        labelText(spec.template?.spec?.nodeSelector),
        since(metadata.creationTimestamp, nowMs),
        ...containerCells(spec.template),
        selectorText(spec.selector),
      ];
    },
  };
}
