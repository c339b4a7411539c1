import type { KubeObject } from '../../objects.js';
import type { ClusterApi } from '../store.js';
import type {
  AccessAttributes,
  PathAccess,
  PolicyRule,
  ResourceAccess,
  Subject,
  UserInfo,
} from './rbac-types.js';

/** The answer to one question of access. */
export interface Decision {
  readonly allowed: boolean;
  /** Which binding allows it, in Kubernetes' words; empty for a refusal, which no rule explains. */
  readonly reason: string;
}

/** Answers who may do what, from the Roles and bindings that are stored at that moment. */
export interface Authorizer {
  decide(user: UserInfo, access: AccessAttributes): Decision;
  /** All rules that a user has at the cluster scope and in `namespace`. */
  rules(user: UserInfo, namespace?: string): readonly PolicyRule[];
}

/** Members may do everything, whatever the stored roles say: an emptied cluster is still reachable. */
const SUPERUSERS = 'system:masters';

/** RBAC on the stored objects. */
export function createAuthorizer(cluster: ClusterApi): Authorizer {
  return {
    decide(user, access) {
      if (user.groups.includes(SUPERUSERS)) return { allowed: true, reason: '' };
      const namespace = 'path' in access ? undefined : access.namespace;
      for (const { rules, reason } of grants(cluster, user, namespace)) {
        if (rules.some((rule) => allows(rule, access))) return { allowed: true, reason };
      }
      return { allowed: false, reason: '' };
    },
    rules(user, namespace) {
      return [...grants(cluster, user, namespace)].flatMap((grant) => grant.rules);
    },
  };
}

interface Binding extends KubeObject {
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
}

interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[];
}

interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly reason: string;
}

function* grants(cluster: ClusterApi, user: UserInfo, namespace: string | undefined): Generator<Grant> {
  const bindings: readonly Binding[] = [
    ...cluster.list('clusterrolebindings'),
    ...(namespace ? cluster.list('rolebindings', namespace) : []),
  ];
  for (const { kind, metadata, roleRef, subjects = [] } of bindings) {
    const subject = roleRef && subjects.find((candidate) => names(candidate, user, metadata.namespace));
    if (!subject) continue;
    const role: Role | undefined =
      roleRef.kind === 'ClusterRole'
        ? cluster.get('clusterroles', undefined, roleRef.name)
        : cluster.get('roles', metadata.namespace, roleRef.name);
    if (!role?.rules) continue;
    const binding = metadata.namespace ? `${metadata.name}/${metadata.namespace}` : metadata.name;
    const reason =
      `RBAC: allowed by ${kind} "${binding}" of ${roleRef.kind} "${roleRef.name}" to ` +
      `${subject.kind} "${subject.kind === 'ServiceAccount' ? accountName(subject, metadata.namespace) : subject.name}"`;
    yield { rules: role.rules, reason };
  }
}

function accountName(subject: Subject, namespace: string | undefined): string {
  return `${subject.name}/${subject.namespace ?? namespace ?? ''}`;
}

function names(subject: Subject, user: UserInfo, namespace: string | undefined): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.username;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const from = subject.namespace ?? namespace;
      return from !== undefined && user.username === `system:serviceaccount:${from}:${subject.name}`;
    }
    default:
      return false;
  }
}

/** Whether one rule covers a request. */
export function allows(rule: PolicyRule, access: AccessAttributes): boolean {
  if (!covers(rule.verbs, access.verb)) return false;
  return 'path' in access ? allowsPath(rule, access) : allowsResource(rule, access);
}

function allowsPath(rule: PolicyRule, { path }: PathAccess): boolean {
  return (rule.nonResourceURLs ?? []).some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
  );
}

function allowsResource(rule: PolicyRule, access: ResourceAccess): boolean {
  if (!covers(rule.apiGroups, access.group)) return false;
  const { resource, subresource, name } = access;
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  const inResources =
    covers(rule.resources, wanted) ||
    (subresource !== undefined && rule.resources?.includes(`*/${subresource}`) === true);
  if (!inResources) return false;
  if (!rule.resourceNames?.length) return true;
  return name !== undefined && rule.resourceNames.includes(name);
}

function covers(patterns: readonly string[] | undefined, value: string): boolean {
  return patterns !== undefined && (patterns.includes('*') || patterns.includes(value));
}
