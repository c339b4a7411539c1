import { expect, it } from 'vitest';
import type { NodeObject, NodeSelectorRequirement } from '../objects.js';
import { matchesNodeAffinity } from './node-affinity.js';

const node: NodeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-a', labels: { disk: 'fast', cores: '8' } },
};

const fits = (
  ...terms: { matchExpressions?: NodeSelectorRequirement[]; matchFields?: NodeSelectorRequirement[] }[]
) =>
  matchesNodeAffinity(
    {
      spec: {
        containers: [],
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
        },
      },
    },
    node,
  );

it.each<[string, string, string[], boolean]>([
  ['disk', 'In', ['slow', 'fast'], true],
  ['disk', 'In', ['slow'], false],
  ['disk', 'NotIn', ['slow'], true],
  ['none', 'NotIn', ['slow'], true],
  ['disk', 'Exists', [], true],
  ['none', 'Exists', [], false],
  ['none', 'DoesNotExist', [], true],
  ['cores', 'Gt', ['4'], true],
  ['cores', 'Gt', ['8'], false],
  ['cores', 'Lt', ['9'], true],
  ['disk', 'Gt', ['1'], false],
  ['none', 'Lt', ['1'], false],
  ['disk', 'Near', ['fast'], false],
])('label %s %s %j: %s', (key, operator, values, expected) => {
  expect(fits({ matchExpressions: [{ key, operator, values }] })).toBe(expected);
});

it('chooses by name, needs all of a term and one of the terms, and no node by a term without requirements', () => {
  const name = (value: string): NodeSelectorRequirement => ({
    key: 'metadata.name',
    operator: 'In',
    values: [value],
  });
  const disk = { key: 'disk', operator: 'In', values: ['fast'] };
  expect(fits({ matchFields: [name('node-a')] })).toBe(true);
  expect(fits({ matchFields: [name('node-b')] })).toBe(false);
  expect(fits({ matchFields: [name('node-b')], matchExpressions: [disk] })).toBe(false);
  expect(fits({ matchFields: [name('node-b')] }, { matchExpressions: [disk] })).toBe(true);
  expect(fits({})).toBe(false);
});

it('needs the nodeSelector, too', () => {
  const spec = { containers: [], nodeSelector: { disk: 'slow' } };
  expect(matchesNodeAffinity({ spec }, node)).toBe(false);
  expect(matchesNodeAffinity({ spec: { containers: [] } }, node)).toBe(true);
});
