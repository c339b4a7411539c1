import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import type { StatefulSet, VolumeClaimTemplate } from './stateful-set-types.js';
import { validateControllerRevision, validateStatefulSet } from './stateful-set-validation.js';
import { containerCells, defaultTemplate } from './template.js';
import { STORED_VERBS } from './verbs.js';

/** StatefulSets, and the ControllerRevisions in which StatefulSets and DaemonSets keep their history. */
export const STATEFUL_SET_KINDS: readonly KindInfo[] = [
  {
    kind: 'StatefulSet',
    resource: 'statefulsets',
    singular: 'statefulset',
    shortNames: ['sts'],
    categories: ['all'],
    group: 'apps',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status', 'scale'],
    setDefaults: defaultStatefulSet,
    validate: validateStatefulSet,
    table: statefulSetTable(),
  },
  {
    kind: 'ControllerRevision',
    resource: 'controllerrevisions',
    singular: 'controllerrevision',
    shortNames: [],
    group: 'apps',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    setDefaults: (object) => {
      object.revision ??= 0;
    },
    validate: validateControllerRevision,
    table: controllerRevisionTable(),
  },
];

function defaultStatefulSet(object: KubeObject): void {
  const set: StatefulSet = object;
  set.spec ??= {};
  const { spec } = set;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.serviceName ??= '';
  spec.updateStrategy ??= {};
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate';
    spec.updateStrategy.rollingUpdate ??= {};
  }
  const { rollingUpdate } = spec.updateStrategy;
  if (rollingUpdate) {
    // Upstream drops the field while its feature MaxUnavailableStatefulSet is off, as it is by default.
    delete rollingUpdate.maxUnavailable;
    if (spec.updateStrategy.type === 'RollingUpdate') rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaim(claim);
  defaultTemplate(spec);
  set.status ??= {};
  set.status.replicas ??= 0;
  set.status.availableReplicas ??= 0;
}

function defaultClaim(claim: VolumeClaimTemplate): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.metadata ??= {};
  claim.spec ??= {};
  claim.spec.volumeMode ??= 'Filesystem';
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
}

function statefulSetTable(): TableSpec {
  return {
    columns: [NAME, column('Ready'), AGE, wide('Containers'), wide('Images')],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: StatefulSet = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
        since(metadata.creationTimestamp, nowMs),
        ...containerCells(spec.template),
      ];
    },
  };
}

function controllerRevisionTable(): TableSpec {
  return {
    columns: [NAME, column('Controller'), column('Revision'), AGE],
    cells({ metadata, revision }, nowMs) {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
      return [
        metadata.name,
        owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : '<none>',
        Number(revision),
        since(metadata.creationTimestamp, nowMs),
      ];
    },
  };
}
