import { expect, it } from 'vitest';
import type { PodObject } from '../objects.js';
import { podsToDelete } from './deletion-order.js';

const NOW = Date.parse('2030-01-01T01:00:00Z');

interface Traits {
  readonly node?: string;
  readonly phase?: string;
  readonly readyForSeconds?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly ageSeconds?: number;
}

const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

function pod(name: string, traits: Traits = {}): PodObject {
  const {
    node = 'node-a',
    phase = 'Running',
    readyForSeconds,
    cost,
    restarts = 0,
    ageSeconds = 1000,
  } = traits;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(ageSeconds),
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions:
        readyForSeconds === undefined
          ? []
          : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(readyForSeconds) }],
      containerStatuses: [{ restartCount: restarts }],
    },
  };
}

const ready = { readyForSeconds: 900 };

it.each<[string, Traits, Traits]>([
  ['unassigned before assigned', { node: '' }, { readyForSeconds: 900 }],
  ['pending before running', { phase: 'Pending' }, {}],
  ['unknown before running', { phase: 'Unknown' }, {}],
  ['pending before unknown', { phase: 'Pending' }, { phase: 'Unknown' }],
  ['not ready before ready', {}, ready],
  ['low cost before high', { ...ready, cost: '-5' }, { ...ready, cost: '5' }],
  ['no cost before high', ready, { ...ready, cost: '1' }],
  ['a cost that is no integer counts as none', { ...ready, cost: '9.5' }, { ...ready, cost: '1' }],
  ['ready for a short time before ready for long', { readyForSeconds: 10 }, { readyForSeconds: 900 }],
  ['restarted often before rarely', { ...ready, restarts: 3 }, { ...ready, restarts: 1 }],
  ['young before old', { ...ready, ageSeconds: 950 }, { ...ready, ageSeconds: 90_000 }],
  ['pending counts more than cost', { phase: 'Pending', cost: '100' }, { ...ready, cost: '-100' }],
])('%s', (_, first, second) => {
  const [a, b] = [pod('z-first', first), pod('a-second', second)];
  for (const pods of [
    [a, b],
    [b, a],
  ]) {
    expect(podsToDelete({ pods, related: [], count: 1, nowMs: NOW })).toEqual([a]);
  }
});

it('takes from the node that holds most pods of the same owner, those of other ReplicaSets included', () => {
  const pods = [pod('a', { ...ready, node: 'node-a' }), pod('b', { ...ready, node: 'node-b' })];
  const related = [...pods, pod('other', { node: 'node-b' })];
  expect(podsToDelete({ pods, related, count: 1, nowMs: NOW }).map(({ metadata }) => metadata.name)).toEqual([
    'b',
  ]);
});

it('takes ages of the same power of two as equal and decides by uid', () => {
  const pods = [pod('b', { readyForSeconds: 900 }), pod('a', { readyForSeconds: 800 })];
  expect(podsToDelete({ pods, related: [], count: 1, nowMs: NOW })[0]?.metadata.name).toBe('a');
});

it('takes all when all must go', () => {
  expect(podsToDelete({ pods: [pod('a'), pod('b')], related: [], count: 5, nowMs: NOW })).toHaveLength(2);
});
