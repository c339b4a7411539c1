import { expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

type Fields = Record<string, unknown>;

const info = kindByResource('daemonsets')!;
const template = (spec: Fields = {}): Fields => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

function set(spec: Fields = {}): KubeObject {
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'x', namespace: 'n' },
    spec: structuredClone({ selector: { matchLabels: { app: 'x' } }, template: template(), ...spec }),
  };
  info.setDefaults?.(object);
  return object;
}

const findings = (object: KubeObject, old?: KubeObject): string[] =>
  (info.validate?.(object, old) ?? []).map(({ field, message }) => `${field}: ${message}`);
const rolling = (rollingUpdate: Fields): Fields => ({ updateStrategy: { rollingUpdate } });
const affinity = (terms: unknown): Fields => ({
  template: template({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    },
  }),
});
const AT = 'spec.updateStrategy.rollingUpdate';
const TERMS =
  'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

it('replaces one pod after the other by default, and counts its templates', () => {
  expect(set()).toMatchObject({
    metadata: { annotations: { 'deprecated.daemonset.template.generation': '1' } },
    spec: {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  });
  const next = set({ template: template({ terminationGracePeriodSeconds: 1 }) });
  next.metadata.annotations = { 'deprecated.daemonset.template.generation': '9' };
  info.prepareUpdate?.(next, set());
  expect(next.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '2' });
});

it.each<[Fields, string[]]>([
  [{}, []],
  [rolling({ maxSurge: '50%', maxUnavailable: 0 }), []],
  [
    rolling({ maxSurge: 1 }),
    [`${AT}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero`],
  ],
  [rolling({ maxUnavailable: 0 }), [`${AT}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`]],
  [
    rolling({ maxUnavailable: '101%' }),
    [`${AT}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
  ],
  [
    { updateStrategy: { type: 'Recreate' } },
    [
      'spec.updateStrategy: Unsupported value: {"Type":"Recreate","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
  ],
  [{ selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset']],
  [
    { template: template({ restartPolicy: 'Never', activeDeadlineSeconds: 1 }) },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
    ],
  ],
  [affinity([]), [`${TERMS}: Required value: must have at least one node selector term`]],
  [
    affinity([
      {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Gt', values: [] },
          { key: 'a', operator: 'Near' },
        ],
        matchFields: [
          { key: 'metadata.name', operator: 'In', values: ['a', 'b'] },
          { key: 'metadata.uid', operator: 'In', values: ['a'] },
        ],
      },
    ]),
    [
      `${TERMS}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${TERMS}[0].matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${TERMS}[0].matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `${TERMS}[0].matchExpressions[3].operator: Invalid value: "Near": not a valid selector operator`,
      `${TERMS}[0].matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
      `${TERMS}[0].matchFields[1].key: Invalid value: "metadata.uid": not a valid field selector key`,
    ],
  ],
])('%j', (spec, expected) => {
  expect(findings(set(spec))).toEqual(expected);
});

it('keeps its selector', () => {
  const other = {
    selector: { matchLabels: { app: 'y' } },
    template: { ...template(), metadata: { labels: { app: 'y' } } },
  };
  expect(findings(set(other), set())).toEqual([
    'spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable',
  ]);
});
