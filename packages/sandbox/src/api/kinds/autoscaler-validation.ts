import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import type {
  Autoscaler,
  AutoscalerSpec,
  MetricSource,
  MetricSpec,
  MetricTarget,
  ObjectReference,
  ResourceSource,
  ScalingRules,
} from './autoscaler-types.js';
import { forbidden, invalid, invalidEach, notSupported, required } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Label, dns1123Subdomain, pathSegment } from './names.js';
import { quantityValue } from './quantity.js';

const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];
const SOURCES = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;

/** Checks a HorizontalPodAutoscaler. */
export function validateAutoscaler(object: KubeObject): FieldError[] {
  const { spec = {} }: Autoscaler = object;
  return [
    ...validateMetadata(object, { name: dns1123Subdomain, namespaced: true }),
    ...validateReplicas(spec),
    ...validateReference('spec.scaleTargetRef', spec.scaleTargetRef ?? {}),
    ...(spec.metrics ?? []).flatMap((metric, index) => validateMetric(`spec.metrics[${index}]`, metric)),
    ...validateRules('spec.behavior.scaleUp', spec.behavior?.scaleUp),
    ...validateRules('spec.behavior.scaleDown', spec.behavior?.scaleDown),
  ];
}

function validateReplicas({ minReplicas, maxReplicas = 0, metrics = [] }: AutoscalerSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbidden('spec.metrics', detail));
  }
  return errors;
}

function validateReference(at: string, reference: ObjectReference): FieldError[] {
  const errors = (['kind', 'name'] as const).flatMap((key) => {
    const value = reference[key];
    return value ? invalidEach(`${at}.${key}`, value, pathSegment(value)) : [required(`${at}.${key}`)];
  });
  return [...errors, ...validateGroup(`${at}.apiVersion`, reference)];
}

/** Of what can be scaled only ReplicationControllers have no group. */
function validateGroup(at: string, { apiVersion = '', kind }: ObjectReference): FieldError[] {
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  if (parts.length === 2 || (kind === 'ReplicationController' && apiVersion === 'v1')) return [];
  return [invalid(at, apiVersion, 'apiVersion must specify API group')];
}

function validateMetric(at: string, metric: MetricSpec): FieldError[] {
  const { type = '' } = metric;
  const expected = Object.entries(SOURCES).find(([name]) => name === type)?.[1];
  const present = Object.values(SOURCES).filter((source) => metric[source] !== undefined);
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric source type'));
  if (!expected) errors.push(notSupported(`${at}.type`, type, Object.keys(SOURCES).sort()));
  const [first] = present;
  if (first) errors.push(...validateSource(`${at}.${first}`, first, metric));
  if (expected && metric[expected] === undefined) {
    errors.push(required(`${at}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length === 1) return errors;
  const others = present.filter((source) => source !== expected);
  return [
    ...errors,
    ...others.map((source) => forbidden(`${at}.${source}`, 'must populate the given metric source only')),
  ];
}

function validateSource(
  at: string,
  source: keyof Omit<MetricSpec, 'type'>,
  metric: MetricSpec,
): FieldError[] {
  if (source === 'resource' || source === 'containerResource') {
    return validateResource(at, metric[source] ?? {}, source === 'containerResource');
  }
  const {
    metric: named,
    target = {},
    describedObject,
  }: MetricSource & { describedObject?: ObjectReference } = metric[source] ?? {};
  const errors = source === 'object' ? validateReference(`${at}.describedObject`, describedObject ?? {}) : [];
  if (!named?.name) errors.push(required(`${at}.metric.name`, 'must specify a metric name'));
  else errors.push(...invalidEach(`${at}.metric.name`, named.name, pathSegment(named.name)));
  errors.push(...validateTarget(`${at}.target`, target));
  if (source === 'pods') {
    if (target.averageValue === undefined) {
      errors.push(required(`${at}.target.averageValue`, 'must specify a positive target averageValue'));
    }
  } else if (target.value === undefined && target.averageValue === undefined) {
    errors.push(required(`${at}.target.averageValue`, 'must set either a target value or averageValue'));
  }
  return errors;
}

function validateResource(
  at: string,
  source: ResourceSource & { container?: string },
  ofContainer: boolean,
): FieldError[] {
  const { name, container, target = {} } = source;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${at}.name`, 'must specify a resource name'));
  if (ofContainer) {
    if (!container) errors.push(required(`${at}.container`, 'must specify a container'));
    else errors.push(...invalidEach(`${at}.container`, container, dns1123Label(container)));
  }
  errors.push(...validateTarget(`${at}.target`, target));
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(required(`${at}.target.averageUtilization`, detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(forbidden(`${at}.target.averageValue`, detail));
  }
  return errors;
}

function validateTarget(at: string, target: MetricTarget): FieldError[] {
  const { type = '', averageUtilization } = target;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type)) {
    errors.push(invalid(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const key of ['value', 'averageValue'] as const) {
    const value = target[key];
    if (value !== undefined && !(quantityValue(value) > 0)) {
      errors.push(invalid(`${at}.${key}`, value, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateRules(at: string, rules: ScalingRules | undefined): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const errors: FieldError[] = [];
  const windowAt = `${at}.stabilizationWindowSeconds`;
  if (window < 0) errors.push(invalid(windowAt, window, 'must be greater than or equal to zero'));
  if (window > MAX_WINDOW_SECONDS) {
    errors.push(invalid(windowAt, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`));
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${at}.selectPolicy`, selectPolicy, SELECT_POLICIES));
  }
  if (policies.length === 0) errors.push(required(`${at}.policies`, 'must specify at least one Policy'));
  for (const [index, { type = '', value = 0, periodSeconds = 0 }] of policies.entries()) {
    const each = `${at}.policies[${index}]`;
    if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${each}.type`, type, POLICY_TYPES));
    if (value <= 0) errors.push(invalid(`${each}.value`, value, 'must be greater than zero'));
    if (periodSeconds <= 0)
      errors.push(invalid(`${each}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (periodSeconds > MAX_PERIOD_SECONDS) {
      errors.push(
        invalid(
          `${each}.periodSeconds`,
          periodSeconds,
          `must be less than or equal to ${MAX_PERIOD_SECONDS}`,
        ),
      );
    }
  }
  if (tolerance !== undefined && quantityValue(tolerance) < 0) {
    errors.push(invalid(`${at}.tolerance`, tolerance, 'must be greater than or equal to 0'));
  }
  return errors;
}
