import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { invalid, invalidEach, notSupported, required } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Subdomain, pathSegment } from './names.js';
import { type Binding, type PolicyRule, RBAC_GROUP, type Role, type Subject } from './rbac-types.js';

/** Checks a Role (`namespaced`) or ClusterRole. */
export function validateRole(object: KubeObject, namespaced: boolean): FieldError[] {
  const role: Role = object;
  return [
    ...validateMetadata(role, { name: pathSegment, namespaced }),
    ...(role.rules ?? []).flatMap((rule, index) => validateRule(`rules[${index}]`, rule, namespaced)),
  ];
}

function validateRule(at: string, rule: PolicyRule, namespaced: boolean): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const field = `${at}.nonResourceURLs`;
    if (namespaced) {
      errors.push(invalid(field, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(field, nonResourceURLs, detail));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

/** Checks a RoleBinding (`namespaced`) or ClusterRoleBinding; the role that it binds stays what it once is. */
export function validateBinding(
  object: KubeObject,
  old: KubeObject | undefined,
  namespaced: boolean,
): FieldError[] {
  const { roleRef = {}, subjects = [], ...binding }: Binding = object;
  const errors = validateMetadata(binding, { name: pathSegment, namespaced });
  const { apiGroup = '', kind = '', name } = roleRef;
  if (apiGroup !== RBAC_GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP]));
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name) errors.push(...invalidEach('roleRef.name', name, pathSegment(name)));
  else errors.push(required('roleRef.name'));
  errors.push(
    ...subjects.flatMap((subject, index) => validateSubject(`subjects[${index}]`, subject, namespaced)),
  );
  const before: Binding | undefined = old;
  if (before && !equalJson(before.roleRef, roleRef)) {
    errors.push(invalid('roleRef', roleRef, 'cannot change roleRef'));
  }
  return errors;
}

function validateSubject(at: string, subject: Subject, namespaced: boolean): FieldError[] {
  const { kind = '', name, namespace, apiGroup = '' } = subject;
  const errors: FieldError[] = name ? [] : [required(`${at}.name`)];
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...invalidEach(`${at}.name`, name, dns1123Subdomain(name)));
    if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
    if (!namespaced && !namespace) errors.push(required(`${at}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== RBAC_GROUP) errors.push(notSupported(`${at}.apiGroup`, apiGroup, [RBAC_GROUP]));
  } else {
    errors.push(notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}
