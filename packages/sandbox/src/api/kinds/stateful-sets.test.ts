import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

type Fields = Record<string, unknown>;

const TEMPLATE = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};
const SPEC: Fields = { selector: { matchLabels: { app: 'x' } }, template: TEMPLATE };

function build(kind: string, fields: Fields): KubeObject {
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'x', namespace: 'n' },
    ...structuredClone(fields),
  };
  kindByResource(`${kind.toLowerCase()}s`)?.setDefaults?.(object);
  return object;
}

function findings(object: KubeObject, old?: KubeObject): string[] {
  const errors = kindByResource(`${object.kind.toLowerCase()}s`)?.validate?.(object, old) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const set = (spec: Fields): KubeObject => build('StatefulSet', { spec: { ...SPEC, ...spec } });

describe('defaults of a StatefulSet', () => {
  it('order its pods, roll them all and keep claims', () => {
    expect(set({}).spec).toMatchObject({
      replicas: 1,
      serviceName: '',
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(set({}).status).toEqual({ replicas: 0, availableReplicas: 0 });
  });

  it('leave rollingUpdate out where only the type is said, and drop what a feature gate keeps shut', () => {
    expect(set({ updateStrategy: { type: 'RollingUpdate' } }).spec).toMatchObject({
      updateStrategy: { type: 'RollingUpdate' },
    });
    expect(set({ updateStrategy: { type: 'RollingUpdate' } }).spec).not.toHaveProperty(
      'updateStrategy.rollingUpdate',
    );
    const { spec } = set({ updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } });
    expect(spec).toMatchObject({ updateStrategy: { rollingUpdate: { partition: 0 } } });
    expect(spec).not.toHaveProperty('updateStrategy.rollingUpdate.maxUnavailable');
  });

  it('make whole objects of the claims in it', () => {
    expect(set({ volumeClaimTemplates: [{ metadata: { name: 'data' } }] }).spec).toMatchObject({
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          spec: { volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
  });
});

describe('a StatefulSet is refused for', () => {
  const claim = (spec: Fields): Fields => ({ volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] });
  const storage = { resources: { requests: { storage: '1Gi' } } };

  it.each<[Fields, string[]]>([
    [{ replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      { podManagementPolicy: 'Chaos' },
      ["spec.podManagementPolicy: Invalid value: \"Chaos\": must be 'OrderedReady' or 'Parallel'"],
    ],
    [
      { updateStrategy: { type: 'Recreate' } },
      [
        'spec.updateStrategy: Invalid value: {"Type":"Recreate","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
      ],
    ],
    [
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
      ],
    ],
    [
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      ['spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      { ordinals: { start: -1 } },
      ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [{ serviceName: 'a.b' }, ['spec.serviceName: Invalid value: "a.b": must not contain dots']],
    [
      { selector: { matchLabels: { app: 'y' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    [{ selector: undefined }, ['spec.selector: Required value']],
    [{ selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset']],
    [
      { template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      { template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, activeDeadlineSeconds: 5 } } },
      [
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
      ],
    ],
    [
      { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      ],
    ],
    [
      claim(storage),
      ['spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required'],
    ],
    [
      claim({ accessModes: ['ReadWriteOnce'] }),
      ['spec.volumeClaimTemplates[0].spec.resources[storage]: Required value'],
    ],
    [
      claim({ ...storage, accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] }),
      [
        'spec.volumeClaimTemplates[0].spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
  ])('%j', (spec, expected) => {
    expect(findings(set(spec))).toEqual(expected);
  });

  it('a name that is no DNS label, because it becomes part of host names', () => {
    const named = { ...set({}), metadata: { name: 'a.b', namespace: 'n' } };
    expect(findings(named)).toEqual(['metadata.name: Invalid value: "a.b": must not contain dots']);
  });

  it('host names and volumes of its template that the controller sets itself: not at all', () => {
    const containers = [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }];
    const spec = { hostname: 'A.B', subdomain: '-', containers };
    const accepted = { ...storage, accessModes: ['ReadWriteOnce'] };
    expect(findings(set({ template: { ...TEMPLATE, spec }, ...claim(accepted) }))).toEqual([]);
  });

  it('an update of what may not change', () => {
    expect(findings(set({ replicas: 3, minReadySeconds: 1, ordinals: { start: 1 } }), set({}))).toEqual([]);
    expect(findings(set({ serviceName: 'other' }), set({}))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });
});

describe('a ControllerRevision', () => {
  const revision = (fields: Fields): KubeObject => build('ControllerRevision', fields);

  it.each<[Fields, string[]]>([
    [{ data: {} }, []],
    [{}, ['data: Required value: data is mandatory']],
    [{ data: 7 }, ['data: Required value: data must be a valid JSON object']],
    [{ data: {}, revision: -1 }, ['revision: Invalid value: -1: must be greater than or equal to 0']],
  ])('with %j', (fields, expected) => {
    expect(findings(revision(fields))).toEqual(expected);
  });

  it('keeps what it holds, and may get another number', () => {
    expect(findings(revision({ data: { a: 1 }, revision: 2 }), revision({ data: { a: 1 } }))).toEqual([]);
    expect(findings(revision({ data: { a: 2 } }), revision({ data: { a: 1 } }))).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ]);
  });
});
