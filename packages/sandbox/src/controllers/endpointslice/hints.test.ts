import { expect, it } from 'vitest';
import type { ServiceObject } from '../objects.js';
import { SliceShelf, testPod, testService, writesOf } from './testing.js';

const zoneA = { forZones: [{ name: 'zone-a' }] };

function withAnnotations(service: ServiceObject, annotations: Record<string, string>): ServiceObject {
  return { ...service, metadata: { ...service.metadata, annotations } };
}

function hintsOf(service: ServiceObject, ready = true) {
  const shelf = new SliceShelf();
  shelf.sync(service, [testPod(1, { ready })]);
  return shelf.slices[0]?.endpoints?.[0]?.hints;
}

it.each([
  ['PreferClose', zoneA],
  ['PreferSameZone', zoneA],
  ['PreferSameNode', { ...zoneA, forNodes: [{ name: 'node-a' }] }],
  [undefined, undefined],
  ['Unknown', undefined],
])('trafficDistribution %s hints %j', (trafficDistribution, hints) => {
  expect(hintsOf(testService({ trafficDistribution }))).toEqual(hints);
});

it('gives unready endpoints no hint', () => {
  expect(hintsOf(testService({ trafficDistribution: 'PreferClose' }), false)).toBeUndefined();
});

it.each(['Auto', 'auto'])('ignores trafficDistribution under topology-mode %s', (mode) => {
  const service = testService({ trafficDistribution: 'PreferClose' });
  expect(hintsOf(withAnnotations(service, { 'service.kubernetes.io/topology-mode': mode }))).toBeUndefined();
  const both = {
    'service.kubernetes.io/topology-aware-hints': 'Disabled',
    'service.kubernetes.io/topology-mode': mode,
  };
  expect(hintsOf(withAnnotations(service, both))).toEqual(zoneA);
});

it('adds and removes hints in slices that would otherwise stay as they are', () => {
  const shelf = new SliceShelf();
  const pods = [testPod(1), testPod(2, { node: 'node-b' })];
  shelf.sync(testService(), pods);
  const close = testService({ trafficDistribution: 'PreferClose' });
  expect(writesOf(shelf.sync(close, pods))).toEqual([0, 1, 0]);
  expect(shelf.slices[0]?.endpoints?.map(({ hints }) => hints?.forZones?.[0]?.name)).toEqual([
    'zone-a',
    'zone-b',
  ]);
  expect(writesOf(shelf.sync(close, pods))).toEqual([0, 0, 0]);
  expect(writesOf(shelf.sync(testService(), pods))).toEqual([0, 1, 0]);
  expect(shelf.slices[0]?.endpoints?.every(({ hints }) => hints === undefined)).toBe(true);
});

it('withdraws the hint of an endpoint that becomes unready, in the same write', () => {
  const shelf = new SliceShelf();
  const close = testService({ trafficDistribution: 'PreferClose' });
  shelf.sync(close, [testPod(1), testPod(2)]);
  expect(writesOf(shelf.sync(close, [testPod(1), testPod(2, { ready: false })]))).toEqual([0, 1, 0]);
  expect(shelf.slices[0]?.endpoints?.map(({ hints }) => hints)).toEqual([zoneA, undefined]);
});
