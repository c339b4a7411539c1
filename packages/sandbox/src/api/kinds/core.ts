import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME } from './columns.js';
import type { DataHolder, Namespace } from './core-types.js';
import { validateConfigMap, validateNamed, validateNamespace, validateSecret } from './core-validation.js';
import { since } from './duration.js';
import { STORED_VERBS } from './verbs.js';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Namespaces, ServiceAccounts, ConfigMaps and Secrets. */
export const CORE_KINDS: readonly KindInfo[] = [
  {
    kind: 'Namespace',
    resource: 'namespaces',
    singular: 'namespace',
    shortNames: ['ns'],
    group: '',
    version: 'v1',
    namespaced: false,
    verbs: STORED_VERBS.filter((verb) => verb !== 'deletecollection'),
    subresources: ['status'],
    setDefaults: defaultNamespace,
    validate: validateNamespace,
    table: namespaceTable(),
  },
  {
    kind: 'ServiceAccount',
    resource: 'serviceaccounts',
    singular: 'serviceaccount',
    shortNames: ['sa'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['token'],
    validate: validateNamed,
    table: {
      columns: [NAME, AGE],
      cells: ({ metadata }, nowMs) => [metadata.name, since(metadata.creationTimestamp, nowMs)],
    },
  },
  {
    kind: 'ConfigMap',
    resource: 'configmaps',
    singular: 'configmap',
    shortNames: ['cm'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    validate: validateConfigMap,
    table: dataTable(false),
  },
  {
    kind: 'Secret',
    resource: 'secrets',
    singular: 'secret',
    shortNames: [],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    setDefaults: defaultSecret,
    validate: validateSecret,
    table: dataTable(true),
  },
];

function defaultNamespace(object: KubeObject): void {
  const namespace: Namespace = object;
  if (namespace.metadata.name) {
    namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
  }
  namespace.spec ??= {};
  namespace.spec.finalizers ??= ['kubernetes'];
  namespace.status ??= {};
  namespace.status.phase ||= 'Active';
}

/** `stringData` is write-only: it becomes base64 `data` and is never read back. */
function defaultSecret(object: KubeObject): void {
  const secret: DataHolder = object;
  secret.type ||= 'Opaque';
  if (secret.stringData === undefined) return;
  const encoded = Object.entries(secret.stringData).map(([key, text]) => [
    key,
    Buffer.from(text, 'utf8').toString('base64'),
  ]);
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

function namespaceTable(): TableSpec {
  return {
    columns: [NAME, column('Status'), AGE],
    cells(object, nowMs) {
      const { metadata, status }: Namespace = object;
      return [metadata.name, status?.phase ?? '', since(metadata.creationTimestamp, nowMs)];
    },
  };
}

function dataTable(typed: boolean): TableSpec {
  return {
    columns: [NAME, ...(typed ? [column('Type')] : []), column('Data'), AGE],
    cells(object, nowMs) {
      const holder: DataHolder = object;
      const keys = Object.keys(holder.data ?? {}).length + Object.keys(holder.binaryData ?? {}).length;
      return [
        holder.metadata.name,
        ...(typed ? [holder.type ?? ''] : []),
        keys,
        since(holder.metadata.creationTimestamp, nowMs),
      ];
    },
  };
}
