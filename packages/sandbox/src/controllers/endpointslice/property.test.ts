import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PodObject, ServiceObject } from '../objects.js';
import { endpointKey, endpointPorts, hasEndpoint, podToEndpoint, portMapKey } from './endpoint.js';
import { SliceShelf, TEST_NODES, type TestPod, testPod, testService, writesOf } from './testing.js';

const pod = fc.record({
  ready: fc.boolean(),
  terminating: fc.boolean(),
  phase: fc.constantFrom('Running', 'Running', 'Running', 'Failed'),
  node: fc.constantFrom('node-a', 'node-b', 'gone'),
  ports: fc.constantFrom(
    [{ name: 'web', containerPort: 8080 }],
    [{ name: 'web', containerPort: 8081 }],
    [{ name: 'other', containerPort: 9 }],
  ),
}) satisfies fc.Arbitrary<TestPod>;

const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), n: fc.nat(40), pod }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), from: fc.nat(40), pod }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('label' as const), value: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('uid' as const), value: fc.constantFrom('u1', 'u2') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hints' as const),
      value: fc.constantFrom(undefined, 'PreferClose', 'PreferSameNode'),
    }),
  },
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(pods: Map<number, PodObject>, service: ServiceObject, step: Change): ServiceObject {
  switch (step.kind) {
    case 'put':
      pods.set(step.n, testPod(step.n, step.pod));
      return service;
    case 'burst':
      for (let n = step.from; n < step.from + 12; n++) pods.set(n, testPod(n, step.pod));
      return service;
    case 'remove':
      pods.delete(step.n);
      return service;
    case 'label':
      return { ...service, metadata: { ...service.metadata, labels: { team: step.value } } };
    case 'uid':
      return { ...service, metadata: { ...service.metadata, uid: step.value } };
    case 'hints':
      return { ...service, spec: { ...service.spec, trafficDistribution: step.value } };
  }
}

/** Endpoints that must be there, computed afresh: `ports endpoint conditions`. */
function wanted(service: ServiceObject, pods: Iterable<PodObject>): string[] {
  return [...pods].flatMap((each) => {
    const node = TEST_NODES.get(each.spec.nodeName ?? '');
    const endpoint = hasEndpoint(each) && node ? podToEndpoint(each, service, node) : undefined;
    return endpoint ? [describe(portMapKey(endpointPorts(service, each)), endpoint)] : [];
  });
}

function describe(ports: string, endpoint: Parameters<typeof endpointKey>[0]): string {
  return JSON.stringify([
    ports,
    endpointKey(endpoint),
    endpoint.conditions,
    endpoint.targetRef,
    endpoint.zone,
  ]);
}

it('after any sequence of changes the union of the slices is what is wanted, without duplicates, in full or smaller slices', () => {
  const max = 5;
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (steps) => {
      const shelf = new SliceShelf();
      const pods = new Map<number, PodObject>();
      let service = testService({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
      for (const step of steps) {
        service = apply(pods, service, step);
        shelf.sync(service, [...pods.values()], max);

        const held = shelf.slices.flatMap((slice) =>
          (slice.endpoints ?? []).map((endpoint) => describe(portMapKey(slice.ports), endpoint)),
        );
        expect(held.sort()).toEqual(wanted(service, pods.values()).sort());
        expect(Math.max(...shelf.sizes)).toBeLessThanOrEqual(max);
        expect(shelf.slices.length).toBeGreaterThan(0);
        // Upstream keeps the placeholder while a pod without ports waits for its node.
        const empty = shelf.slices.filter(({ endpoints }) => (endpoints ?? []).length === 0);
        expect(empty).toMatchObject(empty.slice(0, 1).map(() => ({ endpoints: [], ports: [] })));
        if (held.length === 0) expect(shelf.slices).toHaveLength(1);
        expect(
          shelf.slices.every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === service.metadata.uid),
        ).toBe(true);
        expect(writesOf(shelf.sync(service, [...pods.values()], max))).toEqual([0, 0, 0]);
      }
    }),
    { seed: 42, numRuns: 200 },
  );
});
