import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import { selectorText } from './label-text.js';
import { containerCells, defaultTemplate } from './template.js';
import { STORED_VERBS } from './verbs.js';
import type { Workload, WorkloadSpec } from './workload-types.js';
import { validateDeployment, validateReplicaSet } from './workload-validation.js';

/** Deployments and ReplicaSets. */
export const WORKLOAD_KINDS: readonly KindInfo[] = [
  {
    kind: 'Deployment',
    resource: 'deployments',
    singular: 'deployment',
    shortNames: ['deploy'],
    categories: ['all'],
    group: 'apps',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status', 'scale'],
    setDefaults: defaultDeployment,
    validate: validateDeployment,
    table: deploymentTable(),
  },
  {
    kind: 'ReplicaSet',
    resource: 'replicasets',
    singular: 'replicaset',
    shortNames: ['rs'],
    categories: ['all'],
    group: 'apps',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status', 'scale'],
    setDefaults: defaultReplicaSet,
    validate: validateReplicaSet,
    table: replicaSetTable(),
  },
];

function defaultDeployment(object: KubeObject): void {
  const deployment: Workload = object;
  deployment.spec ??= {};
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultTemplate(spec);
  deployment.status ??= {};
}

function defaultReplicaSet(object: KubeObject): void {
  const replicaSet: Workload = object;
  replicaSet.spec ??= {};
  replicaSet.spec.replicas ??= 1;
  defaultTemplate(replicaSet.spec);
  replicaSet.status ??= {};
  replicaSet.status.replicas ??= 0;
}

function deploymentTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Ready'),
      column('Up-to-date'),
      column('Available'),
      AGE,
      wide('Containers'),
      wide('Images'),
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: Workload = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        since(metadata.creationTimestamp, nowMs),
        ...templateCells(spec),
      ];
    },
  };
}

function replicaSetTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Desired', 'integer'),
      column('Current', 'integer'),
      column('Ready', 'integer'),
      AGE,
      wide('Containers'),
      wide('Images'),
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: Workload = object;
      return [
        metadata.name,
        spec.replicas ?? 1,
        status.replicas ?? 0,
        status.readyReplicas ?? 0,
        since(metadata.creationTimestamp, nowMs),
        ...templateCells(spec),
      ];
    },
  };
}

function templateCells(spec: WorkloadSpec): string[] {
  return [...containerCells(spec.template), selectorText(spec.selector)];
}
