import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { validateNodeAffinity } from './affinity-validation.js';
import { validateContainers, validateInitContainers } from './container-validation.js';
import { forbidden, invalid, invalidEach, notSupported, required } from './field-errors.js';
import { validateLabels, validateMetadata } from './metadata.js';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from './names.js';
import type { Pod, PodSpec, Toleration } from './pod-types.js';
import { validateVolumes } from './volume-validation.js';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const TAINT_EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const MAX_INT32 = 2 ** 31 - 1;
const UPDATABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Checks a pod; of its spec an update may change little more than the images. */
export function validatePod(object: KubeObject, old?: KubeObject): FieldError[] {
  const pod: Pod = object;
  const before: Pod | undefined = old;
  const errors = validateMetadata(pod, { name: dns1123Subdomain, namespaced: true });
  if (before !== undefined && equalJson(pod.spec, before.spec)) return errors;
  errors.push(...validatePodSpec('spec', pod.spec ?? {}), ...validateImages(pod.spec ?? {}));
  if (before !== undefined) errors.push(...validateChange(pod.spec ?? {}, before.spec ?? {}));
  return errors;
}

/** Upstream asks this of pods alone: templates with such images were taken once. */
function validateImages(spec: PodSpec): FieldError[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap(({ image = '' }, index) =>
      image === image.trim()
        ? []
        : [invalid(`spec.${list}[${index}].image`, image, 'must not have leading or trailing whitespace')],
    ),
  );
}

/** Checks the spec of a pod or of a pod template. */
export function validatePodSpec(field: string, spec: PodSpec): FieldError[] {
  const volumes = validateVolumes(`${field}.volumes`, spec.volumes ?? []);
  const context = { volumes: volumes.names, graceSeconds: spec.terminationGracePeriodSeconds };
  const main = spec.containers ?? [];
  return [
    ...volumes.errors,
    ...validateContainers(`${field}.containers`, main, context),
    ...validateInitContainers(`${field}.initContainers`, spec.initContainers ?? [], { main, context }),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...validateNodeAffinity(`${field}.affinity`, spec.affinity ?? {}),
    ...validateSpecNames(field, spec),
    ...(spec.tolerations ?? []).flatMap((each, index) =>
      validateToleration(`${field}.tolerations[${index}]`, each),
    ),
  ];
}

function validateSpecNames(field: string, spec: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['serviceAccountName', 'nodeName'] as const) {
    const value = spec[key];
    if (value) errors.push(...invalidEach(`${field}.${key}`, value, dns1123Subdomain(value)));
  }
  for (const key of ['hostname', 'subdomain'] as const) {
    const value = spec[key];
    if (value) errors.push(...invalidEach(`${field}.${key}`, value, dns1123Label(value)));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    errors.push(
      invalid(`${field}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}, inclusive`),
    );
  }
  return errors;
}

function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function validateToleration(at: string, toleration: Toleration): FieldError[] {
  const { key, operator = '', value = '', effect, tolerationSeconds } = toleration;
  const errors: FieldError[] = key ? invalidEach(`${at}.key`, key, qualifiedName(key)) : [];
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${at}.operator`, operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(`${at}.effect`, effect ?? '', detail));
  }
  if (operator === 'Equal' || operator === '') {
    errors.push(...invalidEach(`${at}.operator`, value, labelValue(value)));
  } else if (operator !== 'Exists') {
    errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
  } else if (value) {
    errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  }
  return effect ? [...errors, ...validateTaintEffect(`${at}.effect`, effect)] : errors;
}

/** Checks the effect of a taint or of a toleration. */
export function validateTaintEffect(field: string, effect: string | undefined): FieldError[] {
  if (!effect) return [required(field)];
  return TAINT_EFFECTS.includes(effect) ? [] : [notSupported(field, effect, TAINT_EFFECTS)];
}

function validateChange(spec: PodSpec, old: PodSpec): FieldError[] {
  for (const key of ['containers', 'initContainers'] as const) {
    if ((spec[key]?.length ?? 0) === (old[key]?.length ?? 0)) continue;
    return [forbidden(`spec.${key}`, 'pod updates may not add or remove containers')];
  }
  const errors = validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  const tolerations = spec.tolerations ?? [];
  if (old.tolerations?.some((each) => !tolerations.some((kept) => equalJson(kept, each)))) {
    errors.push(
      forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    );
  }
  if (!equalJson(fixedPart(spec, old), fixedPart(old, old))) {
    errors.push(forbidden('spec', `pod updates may not change fields other than ${UPDATABLE}`));
  }
  return errors;
}

function validateDeadline(now: number | undefined, before: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (before === undefined || (now !== undefined && now <= before)) return [];
  if (now === undefined)
    return [invalid(field, null, 'must not update from a positive integer to nil value')];
  return [invalid(field, now, 'must be less than or equal to previous value')];
}

/** The spec without what an update may change. A binding gives a pod that has none its node. */
function fixedPart(spec: PodSpec, old: PodSpec): object {
  const { tolerations, activeDeadlineSeconds, nodeName, ...rest } = spec;
  const withoutImages = (list: PodSpec['containers']) => list?.map(({ image, ...fixed }) => fixed);
  return {
    ...rest,
    ...(old.nodeName ? { nodeName } : {}),
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
  };
}
