import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import { type Binding, RBAC_GROUP, type Role } from './rbac-types.js';
import { validateBinding, validateRole } from './rbac-validation.js';
import { STORED_VERBS } from './verbs.js';

/** Roles and their bindings. */
export const RBAC_KINDS: readonly KindInfo[] = [
  rbacKind('Role', true),
  rbacKind('RoleBinding', true),
  rbacKind('ClusterRole', false),
  rbacKind('ClusterRoleBinding', false),
];

function rbacKind(kind: string, namespaced: boolean): KindInfo {
  const binding = kind.endsWith('Binding');
  return {
    kind,
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    shortNames: [],
    group: RBAC_GROUP,
    version: 'v1',
    namespaced,
    verbs: STORED_VERBS,
    subresources: [],
    ...(binding
      ? {
          setDefaults: defaultBinding,
          validate: (object, old) => validateBinding(object, old, namespaced),
          table: bindingTable(),
        }
      : { setDefaults: defaultRole, validate: (object) => validateRole(object, namespaced) }),
  };
}

function defaultRole(object: KubeObject): void {
  const role: Role = object;
  // Roles have no `omitempty` on their rules.
  role.rules ??= [];
}

function defaultBinding(object: KubeObject): void {
  const binding: Binding = object;
  if (binding.roleRef) binding.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function bindingTable(): TableSpec {
  return {
    columns: [NAME, column('Role'), AGE, wide('Users'), wide('Groups'), wide('ServiceAccounts')],
    cells(object, nowMs) {
      const { metadata, roleRef, subjects = [] }: Binding = object;
      const named = (kind: string) => subjects.filter((subject) => subject.kind === kind);
      return [
        metadata.name,
        `${roleRef?.kind}/${roleRef?.name}`,
        since(metadata.creationTimestamp, nowMs),
        named('User')
          .map(({ name }) => name)
          .join(', '),
        named('Group')
          .map(({ name }) => name)
          .join(', '),
        named('ServiceAccount')
          .map(({ namespace, name }) => `${namespace}/${name}`)
          .join(', '),
      ];
    },
  };
}
