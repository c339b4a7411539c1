import type { KubeObject } from '../../objects.js';
import { goJsonError } from '../http/go-json-error.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import type { DataHolder, Event, Lease, Namespace, Node } from './core-types.js';
import {
  duplicate,
  forbidden,
  invalid,
  invalidEach,
  nonnegative,
  required,
  tooLong,
} from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { configKey, dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from './names.js';
import { validateTaintEffect } from './pod-validation.js';

/** 1 MiB: what a ConfigMap or Secret may hold. */
const MAX_DATA_BYTES = 1024 * 1024;
const IMMUTABLE = 'field is immutable when `immutable` is set';

/** Checks a Namespace. */
export function validateNamespace(object: KubeObject): FieldError[] {
  const namespace: Namespace = object;
  const finalizers = namespace.spec?.finalizers ?? [];
  return [
    ...validateMetadata(namespace, { name: dns1123Label, namespaced: false }),
    ...finalizers.flatMap((each) => invalidEach('spec.finalizers', each, qualifiedName(each))),
  ];
}

/** Checks a namespaced object of which only the metadata has rules. */
export function validateNamed(object: KubeObject): FieldError[] {
  return validateMetadata(object, { name: dns1123Subdomain, namespaced: true });
}

/** Checks a ConfigMap. */
export function validateConfigMap(object: KubeObject, old?: KubeObject): FieldError[] {
  const holder: DataHolder = object;
  const errors = [...validateNamed(holder), ...validateImmutable(holder, old)];
  for (const field of ['data', 'binaryData'] as const) {
    for (const key of Object.keys(holder[field] ?? {})) {
      errors.push(...invalidEach(`${field}[${key}]`, key, configKey(key)));
    }
  }
  for (const key of Object.keys(holder.data ?? {})) {
    if (!Object.hasOwn(holder.binaryData ?? {}, key)) continue;
    errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  const bytes = size(holder.data, 'utf8') + size(holder.binaryData, 'base64');
  return bytes > MAX_DATA_BYTES ? [...errors, tooLong('', MAX_DATA_BYTES)] : errors;
}

const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** Checks a Secret. */
export function validateSecret(object: KubeObject, old?: KubeObject): FieldError[] {
  const holder: DataHolder = object;
  const data = holder.data ?? {};
  const errors = [...validateNamed(holder), ...validateImmutable(holder, old)];
  for (const key of Object.keys(data)) errors.push(...invalidEach(`data[${key}]`, key, configKey(key)));
  if (size(data, 'base64') > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  for (const key of REQUIRED_KEYS[holder.type ?? ''] ?? []) {
    if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
  }
  errors.push(...validateSecretType(holder));
  const before: DataHolder | undefined = old;
  if (before && before.type !== holder.type) {
    errors.push(invalid('type', holder.type ?? '', 'field is immutable'));
  }
  return errors;
}

/** What the types of Secrets ask for beyond keys that must be there. */
function validateSecretType({ type, data = {}, metadata }: DataHolder): FieldError[] {
  const account = 'kubernetes.io/service-account.name';
  if (type === 'kubernetes.io/service-account-token')
    return metadata.annotations?.[account] ? [] : [required(`metadata.annotations[${account}]`)];
  if (type === 'kubernetes.io/basic-auth') {
    const keys = ['username', 'password'];
    return keys.some((key) => Object.hasOwn(data, key)) ? [] : keys.map((key) => required(`data[${key}]`));
  }
  if (type === 'kubernetes.io/ssh-auth')
    return data['ssh-privatekey'] === '' ? [required('data[ssh-privatekey]')] : [];
  const file = /^kubernetes\.io(\/dockercfg|\/dockerconfigjson)$/.exec(type ?? '')?.[1]?.replace('/', '.');
  const text = file === undefined ? undefined : data[file];
  if (file === undefined || text === undefined) return [];
  const json = Buffer.from(text, 'base64').toString();
  try {
    JSON.parse(json);
    return [];
  } catch (error) {
    return [invalid(`data[${file}]`, '<secret contents redacted>', goJsonError(error, json))];
  }
}

function validateImmutable(holder: DataHolder, old: KubeObject | undefined): FieldError[] {
  const before: DataHolder | undefined = old;
  if (!before?.immutable) return [];
  const errors: FieldError[] = holder.immutable ? [] : [forbidden('immutable', IMMUTABLE)];
  for (const field of ['data', 'binaryData'] as const) {
    if (!equalJson(holder[field], before[field])) errors.push(forbidden(field, IMMUTABLE));
  }
  return errors;
}

function size(data: Record<string, string> | undefined, encoding: 'utf8' | 'base64'): number {
  return Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value, encoding), 0);
}

/** Checks a Node. */
export function validateNode(object: KubeObject): FieldError[] {
  const node: Node = object;
  const errors = validateMetadata(node, { name: dns1123Subdomain, namespaced: false });
  const seen = new Set<string>();
  for (const [index, { key = '', value = '', effect }] of (node.spec?.taints ?? []).entries()) {
    const at = `metadata.taints[${index}]`;
    errors.push(...invalidEach(`${at}.key`, key, qualifiedName(key)));
    errors.push(...invalidEach(`${at}.value`, value, labelValue(value)));
    errors.push(...validateTaintEffect(`${at}.effect`, effect));
    if (seen.has(`${key} ${effect}`)) errors.push(duplicate(at, { key, value, effect }));
    seen.add(`${key} ${effect}`);
  }
  return errors;
}

/** Checks a Lease. */
export function validateLease(object: KubeObject): FieldError[] {
  const lease: Lease = object;
  const errors = validateNamed(lease);
  const duration = lease.spec?.leaseDurationSeconds;
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  return [...errors, ...nonnegative('spec.leaseTransitions', lease.spec?.leaseTransitions)];
}

/** Checks an Event: it stands in the namespace of what it tells about, or in `default`. */
export function validateEvent(object: KubeObject): FieldError[] {
  const event: Event = object;
  const errors = validateNamed(event);
  const about = event.involvedObject?.namespace ?? '';
  const { namespace } = event.metadata;
  if (
    about === ''
      ? namespace !== 'default' && !(event.eventTime && namespace === 'kube-system')
      : about !== namespace
  ) {
    errors.push(invalid('involvedObject.namespace', about, 'does not match event.namespace'));
  }
  if (!event.eventTime) return errors;
  for (const field of ['reportingComponent', 'reportingInstance', 'action', 'reason'] as const) {
    if (!event[field]) errors.push(required(field));
  }
  return errors;
}
