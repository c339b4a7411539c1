import type { KubeObject } from '../../objects.js';

/** The fields of a Role or ClusterRole that the API server itself reads. */
export interface Role extends KubeObject {
  rules?: PolicyRule[];
  aggregationRule?: object;
}

/** Verbs that are allowed on some resources or paths. */
export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** The fields of a RoleBinding or ClusterRoleBinding that the API server itself reads. */
export interface Binding extends KubeObject {
  subjects?: Subject[];
  roleRef?: { apiGroup?: string; kind?: string; name?: string };
}

/** A user, a group or an account that a role is bound to. */
export interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  namespace?: string;
}

/** The group of roles, and of the users and groups that bindings name. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';
