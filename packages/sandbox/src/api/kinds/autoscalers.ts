import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import type {
  Autoscaler,
  AutoscalerSpec,
  MetricSpec,
  MetricStatus,
  ScalingRules,
} from './autoscaler-types.js';
import { AUTOSCALER_V1 } from './autoscaler-v1.js';
import { validateAutoscaler } from './autoscaler-validation.js';
import { AGE, column, NAME } from './columns.js';
import { since } from './duration.js';
import { STORED_VERBS } from './verbs.js';

const AUTOSCALER: KindInfo = {
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  group: 'autoscaling',
  version: 'v2',
  namespaced: true,
  verbs: STORED_VERBS,
  subresources: ['status'],
  setDefaults: defaultAutoscaler,
  validate: validateAutoscaler,
  table: autoscalerTable(),
};

/** HorizontalPodAutoscalers. */
export const AUTOSCALER_KINDS: readonly KindInfo[] = [AUTOSCALER];

/** The same in its older version, which clients may still write. */
export const AUTOSCALER_OLD_KINDS: readonly KindInfo[] = [
  { ...AUTOSCALER, version: 'v1', conversion: AUTOSCALER_V1 },
];

const DEFAULT_METRIC: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};
const FAST: NonNullable<ScalingRules['policies']> = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const ALL_AT_ONCE: NonNullable<ScalingRules['policies']> = [
  { type: 'Percent', value: 100, periodSeconds: 15 },
];

function defaultAutoscaler(object: KubeObject): void {
  const autoscaler: Autoscaler = object;
  autoscaler.spec ??= {};
  const { spec } = autoscaler;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [structuredClone(DEFAULT_METRIC)];
  if (spec.behavior) {
    spec.behavior.scaleUp = rules({ stabilizationWindowSeconds: 0 }, FAST, spec.behavior.scaleUp);
    spec.behavior.scaleDown = rules({}, ALL_AT_ONCE, spec.behavior.scaleDown);
  }
  autoscaler.status = { desiredReplicas: 0, currentMetrics: [], ...autoscaler.status };
}

function rules(
  base: ScalingRules,
  policies: NonNullable<ScalingRules['policies']>,
  given: ScalingRules | undefined,
): ScalingRules {
  return { ...base, selectPolicy: 'Max', policies: structuredClone(policies), ...given };
}

function autoscalerTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Reference'),
      column('Targets'),
      column('MinPods'),
      column('MaxPods', 'integer'),
      column('Replicas', 'integer'),
      AGE,
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: Autoscaler = object;
      return [
        metadata.name,
        `${spec.scaleTargetRef?.kind ?? ''}/${spec.scaleTargetRef?.name ?? ''}`,
        targets(spec, status.currentMetrics ?? []),
        String(spec.minReplicas ?? '<unset>'),
        spec.maxReplicas ?? 0,
        status.currentReplicas ?? 0,
        since(metadata.creationTimestamp, nowMs),
      ];
    },
  };
}

const UNKNOWN = '<unknown>';
/** So many metrics are shown; of the others only how many there are. */
const SHOWN = 2;

function targets({ metrics = [] }: AutoscalerSpec, statuses: readonly MetricStatus[]): string {
  if (metrics.length === 0) return '<none>';
  const texts = metrics.map((metric, index) => targetText(metric, statuses[index] ?? {}));
  const shown = texts.slice(0, SHOWN).join(', ');
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}

function targetText(metric: MetricSpec, status: MetricStatus): string {
  const { resource, containerResource, pods, object, external } = metric;
  const source = resource ?? containerResource;
  if (source) {
    const { current } = (resource ? status.resource : status.containerResource) ?? {};
    const { averageValue, averageUtilization } = source.target ?? {};
    const now =
      averageValue === undefined
        ? percent(current?.averageUtilization, UNKNOWN)
        : (current?.averageValue ?? UNKNOWN);
    return `${source.name ?? ''}: ${now}/${averageValue ?? percent(averageUtilization, '<auto>')}`;
  }
  if (pods) return `${status.pods?.current?.averageValue ?? UNKNOWN}/${pods.target?.averageValue ?? ''}`;
  const other = object ?? external;
  if (!other) return '<unknown type>';
  const { current } = status.object ?? status.external ?? {};
  const { averageValue, value } = other.target ?? {};
  return averageValue === undefined
    ? `${current?.value ?? UNKNOWN}/${value ?? ''}`
    : `${current?.averageValue ?? UNKNOWN}/${averageValue} (avg)`;
}

function percent(value: number | undefined, missing: string): string {
  return value === undefined ? missing : `${value}%`;
}
