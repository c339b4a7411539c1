import type { FieldError } from '../kinds.js';
import { invalid, invalidEach, notSupported, required } from './field-errors.js';
import { configKey, dns1123Subdomain, envName, qualifiedName } from './names.js';
import type { EnvFromSource, EnvVar, ResourceField } from './pod-types.js';

/** The fields of a pod that its environment may carry. */
const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Fields that the API converts between versions, but that no environment carries. */
const OTHER_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
];
const SUBSCRIPTED = /^(metadata\.(?:labels|annotations))\['([^']+)'\]$/;

/** Amounts that a container can be asked for. */
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES = /^(?:limits|requests)\.hugepages-/;
const CPU_DIVISORS = ['1m', '1'];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** Checks the variables of a container. */
export function validateEnv(field: string, variables: readonly EnvVar[]): FieldError[] {
  return variables.flatMap(({ name, value, valueFrom }, index) => {
    const at = `${field}[${index}]`;
    const errors = name ? invalidEach(`${at}.name`, name, envName(name)) : [required(`${at}.name`)];
    return valueFrom === undefined
      ? errors
      : [...errors, ...validateValueFrom(`${at}.valueFrom`, valueFrom, value)];
  });
}

function validateValueFrom(
  at: string,
  from: NonNullable<EnvVar['valueFrom']>,
  value: string | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if (from.fieldRef) errors.push(...validateFieldRef(`${at}.fieldRef`, from.fieldRef.fieldPath, ENV_FIELDS));
  if (from.resourceFieldRef)
    errors.push(...validateResourceRef(`${at}.resourceFieldRef`, from.resourceFieldRef));
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = from[kind];
    if (!ref) continue;
    errors.push(...invalidEach(`${at}.${kind}.name`, ref.name ?? '', dns1123Subdomain(ref.name ?? '')));
    if (ref.key) errors.push(...invalidEach(`${at}.${kind}.key`, ref.key, configKey(ref.key)));
    else errors.push(required(`${at}.${kind}.key`));
  }
  const sources = Object.keys(from).length;
  if (sources === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(at, '', detail));
  } else if (value) {
    errors.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) {
    errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** Checks where further variables of a container come from. */
export function validateEnvFrom(field: string, sources: readonly EnvFromSource[]): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, index) => {
    const at = `${field}[${index}]`;
    const errors = prefix ? invalidEach(`${at}.prefix`, prefix, envName(prefix)) : [];
    for (const [key, ref] of Object.entries({ configMapRef, secretRef })) {
      if (!ref) continue;
      if (!ref.name) errors.push(required(`${at}.${key}.name`));
      else errors.push(...invalidEach(`${at}.${key}.name`, ref.name, dns1123Subdomain(ref.name)));
    }
    if (!configMapRef && !secretRef)
      errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (configMapRef && secretRef)
      errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}

/** Checks a field of the pod that a variable or a file holds; `supported` are those without a subscript. */
export function validateFieldRef(
  at: string,
  path: string | undefined,
  supported: readonly string[],
): FieldError[] {
  if (!path) return [required(`${at}.fieldPath`)];
  const [, map, key = ''] = SUBSCRIPTED.exec(path) ?? [];
  // Upstream looks at the name of an annotation in lower case.
  const name = map?.endsWith('labels') ? key : key.toLowerCase();
  if (map) return invalidEach(at, name, qualifiedName(name));
  if (supported.includes(path)) return [];
  if (ENV_FIELDS.includes(path) || OTHER_FIELDS.includes(path))
    return [notSupported(`${at}.fieldPath`, path, supported)];
  const why = `error converting fieldPath: field label not supported: ${path}`;
  return [invalid(`${at}.fieldPath`, path, why)];
}

/** Checks a limit or request that a variable or a file holds. */
export function validateResourceRef(at: string, { resource, divisor }: ResourceField): FieldError[] {
  if (!resource) return [required(`${at}.resource`)];
  if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource))
    return [notSupported(`${at}.resource`, resource, RESOURCES)];
  const unit = String(divisor ?? '0');
  if (unit === '0') return [];
  const [what, accepted] = resource.endsWith('.cpu')
    ? ['cpu', CPU_DIVISORS]
    : [resource.endsWith('.memory') ? 'memory' : 'local ephemeral storage', BYTE_DIVISORS];
  if (HUGE_PAGES.test(resource) || accepted.includes(unit)) return [];
  const list = what === 'cpu' ? accepted.join(' and ') : accepted.join(', ');
  return [
    invalid(
      `${at}.divisor`,
      resource,
      `only divisor's values ${list} are supported with the ${what} resource`,
    ),
  ];
}
