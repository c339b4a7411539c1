import { describe, expect, it } from 'vitest';
import { reconcileSlices } from './reconcile.js';
import { newSlice } from './slice.js';
import { SliceShelf, TEST_NODES, testPod, testPods, testService, writesOf } from './testing.js';

const service = testService();

describe('placeholder', () => {
  it('makes one slice without endpoints and ports for a Service without pods, once', () => {
    const shelf = new SliceShelf();
    expect(writesOf(shelf.sync(service, []))).toEqual([1, 0, 0]);
    expect(shelf.slices[0]).toMatchObject({ addressType: 'IPv4', endpoints: [], ports: [] });
    expect(writesOf(shelf.sync(service, []))).toEqual([0, 0, 0]);
  });

  it('is recycled for the first endpoints and comes back after the last', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, []);
    const name = shelf.slices[0]?.metadata.name;
    expect(writesOf(shelf.sync(service, testPods(0, 3)))).toEqual([0, 1, 0]);
    expect(writesOf(shelf.sync(service, []))).toEqual([0, 1, 0]);
    expect(shelf.slices).toMatchObject([{ metadata: { name }, endpoints: [], ports: [] }]);
  });

  it('follows a change of the Service labels', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, []);
    const labelled = { ...service, metadata: { ...service.metadata, labels: { team: 'a' } } };
    expect(writesOf(shelf.sync(labelled, []))).toEqual([0, 1, 0]);
    expect(shelf.slices[0]?.metadata.labels).toMatchObject({ team: 'a' });
  });
});

describe('packing', () => {
  it('spreads 250 pods over slices of at most 100', () => {
    const shelf = new SliceShelf();
    expect(writesOf(shelf.sync(service, testPods(0, 250)))).toEqual([3, 0, 0]);
    expect(shelf.sizes).toEqual([100, 100, 50]);
  });

  // Upstream: SomePreexisting (62 + 61 of 250) and SomePreexistingWorseAllocation (74 + 74 of 300).
  it.each([
    { first: 62, second: 61, total: 250, writes: [1, 1, 0], sizes: [100, 89, 61] },
    { first: 74, second: 74, total: 300, writes: [2, 0, 0], sizes: [100, 74, 74, 52] },
  ])(
    'grows $first + $second endpoints to $total with the fewest writes',
    ({ first, second, total, ...want }) => {
      const shelf = new SliceShelf();
      const pods = testPods(0, total);
      for (const [from, to] of [
        [0, first],
        [first, first + second],
      ] as const) {
        const part = new SliceShelf();
        part.sync(service, pods.slice(from, to));
        shelf.slices.push(
          ...part.slices.map((s) => ({ ...s, metadata: { ...s.metadata, name: `old-${from}` } })),
        );
      }
      expect(writesOf(shelf.sync(service, pods))).toEqual(want.writes);
      expect(shelf.sizes).toEqual(want.sizes);
    },
  );

  it('fills a slice that changes anyway before a fuller one that does not', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 80), 80);
    shelf.sync(service, testPods(0, 125), 80);
    expect(shelf.sizes).toEqual([80, 45]);
    const pods = [...testPods(0, 124), testPod(124, { ready: false }), ...testPods(125, 135)];
    expect(writesOf(shelf.sync(service, pods))).toEqual([0, 1, 0]);
    expect(shelf.sizes).toEqual([80, 55]);
  });

  it('puts the rest into the one unchanged slice that it fits best', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 90), 30);
    shelf.sync(service, [...testPods(0, 28), ...testPods(30, 50), ...testPods(60, 85)], 30);
    expect(shelf.sizes).toEqual([28, 25, 20]);
    const pods = [...testPods(0, 28), ...testPods(30, 50), ...testPods(60, 85), ...testPods(100, 104)];
    expect(writesOf(shelf.sync(service, pods, 30))).toEqual([0, 1, 0]);
    expect(shelf.sizes).toEqual([29, 28, 20]);
  });

  it('never rebalances slices that became sparse, and deletes empty ones', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 250));
    expect(writesOf(shelf.sync(service, [...testPods(0, 2), ...testPods(100, 102)]))).toEqual([0, 2, 1]);
    expect(shelf.sizes).toEqual([2, 2]);
  });

  // Upstream: Recycling (10 slices of 30 with other ports, then 300 pods).
  it('recycles slices that would be deleted into those that would be created', () => {
    const shelf = new SliceShelf();
    shelf.sync(testService({ ports: [{ name: 'old', port: 1 }] }), testPods(0, 300), 30);
    expect(shelf.slices).toHaveLength(10);
    expect(writesOf(shelf.sync(service, testPods(0, 300)))).toEqual([0, 3, 7]);
    expect(shelf.sizes).toEqual([100, 100, 100]);
  });

  it('writes every slice when the Service labels change', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 250));
    const labelled = { ...service, metadata: { ...service.metadata, labels: { team: 'a' } } };
    expect(writesOf(shelf.sync(labelled, testPods(0, 250)))).toEqual([0, 3, 0]);
  });

  it('writes nothing when nothing changed', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 150));
    expect(writesOf(shelf.sync(service, testPods(0, 150).reverse()))).toEqual([0, 0, 0]);
  });

  it('drops the second copy of an endpoint that is in two slices', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 2));
    const [slice] = shelf.slices;
    shelf.slices.push({ ...slice!, metadata: { ...slice!.metadata, name: 'copy' } });
    expect(writesOf(shelf.sync(service, testPods(0, 2)))).toEqual([0, 0, 1]);
    expect(shelf.sizes).toEqual([2]);
  });
});

describe('ownership', () => {
  it('deletes slices of a former Service of the same name and never reuses them', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, testPods(0, 3));
    const again = { ...service, metadata: { ...service.metadata, uid: 'svc-uid-2' } };
    expect(writesOf(shelf.sync(again, testPods(0, 3)))).toEqual([1, 0, 1]);
    expect(shelf.slices[0]?.metadata.ownerReferences?.[0]?.uid).toBe('svc-uid-2');
  });

  it('deletes slices of an address type that the Service does not have', () => {
    const v6 = { ...newSlice(service, []), addressType: 'IPv6' };
    const existing = [{ ...v6, metadata: { ...v6.metadata, name: 'svc-v6' } }];
    const plan = reconcileSlices({ service, pods: [], nodes: TEST_NODES, existing });
    expect(writesOf(plan)).toEqual([1, 0, 1]);
  });

  it('carries the labels, the owner and the name prefix that consumers and the garbage collector rely on', () => {
    const headless = { ...testService({ clusterIP: 'None' }) };
    headless.metadata = {
      ...headless.metadata,
      labels: { team: 'a', 'kubernetes.io/service-name': 'not-this', 'service.kubernetes.io/headless': 'x' },
    };
    const [slice] = reconcileSlices({ service: headless, pods: [], nodes: TEST_NODES, existing: [] }).create;
    expect(slice?.metadata).toMatchObject({
      generateName: 'svc-',
      namespace: 'ns',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'svc',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'service.kubernetes.io/headless': '',
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'svc',
          uid: 'svc-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    const [plain] = reconcileSlices({ service, pods: [], nodes: TEST_NODES, existing: [] }).create;
    expect(plain?.metadata.labels).not.toHaveProperty(['service.kubernetes.io/headless']);
  });
});

describe('ports', () => {
  // Upstream: NamedPorts (pods in five groups by the number behind the name).
  it('groups pods by the numbers behind a named target port', () => {
    const named = testService({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] });
    const pods = Array.from({ length: 300 }, (_, n) =>
      testPod(n, { ports: [{ name: 'web', containerPort: 8080 + (n % 5), protocol: 'TCP' }] }),
    );
    const shelf = new SliceShelf();
    expect(writesOf(shelf.sync(named, pods))).toEqual([5, 0, 0]);
    expect(shelf.sizes).toEqual([60, 60, 60, 60, 60]);
    expect(shelf.slices.map(({ ports }) => ports?.[0]?.port).sort()).toEqual([8080, 8081, 8082, 8083, 8084]);
  });

  it('keeps a pod without the named port, in a slice without that port', () => {
    const named = testService({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
    const shelf = new SliceShelf();
    shelf.sync(named, [testPod(0, { ports: [{ name: 'web', containerPort: 80 }] }), testPod(1)]);
    expect(shelf.slices.map(({ ports, endpoints }) => [ports?.length, endpoints?.length])).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it('gives a headless Service without ports a slice with endpoints and no ports', () => {
    const shelf = new SliceShelf();
    shelf.sync(testService({ clusterIP: 'None', ports: [] }), testPods(0, 2));
    expect(shelf.slices).toMatchObject([{ ports: [], endpoints: [{}, {}] }]);
    expect(writesOf(shelf.sync(testService({ clusterIP: 'None', ports: [] }), testPods(0, 2)))).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('pods', () => {
  it('leaves out pods that ended or have no address, and keeps terminating ones', () => {
    const shelf = new SliceShelf();
    const pods = [
      testPod(0, { phase: 'Succeeded' }),
      testPod(1, { phase: 'Failed' }),
      testPod(2, { ip: '' }),
      testPod(3, { terminating: true }),
      testPod(4, { ip: 'fd00::4' }),
    ];
    shelf.sync(service, pods);
    expect(shelf.slices[0]?.endpoints?.map(({ targetRef }) => targetRef?.name)).toEqual(['pod-3']);
  });

  it('leaves out a pod whose node does not exist and names it, unless unready addresses are published', () => {
    const pods = [testPod(0), testPod(1, { node: 'gone' })];
    const plan = reconcileSlices({ service, pods, nodes: TEST_NODES, existing: [] });
    expect(plan.withoutNode).toEqual(['pod-1']);
    expect(plan.create[0]?.endpoints).toHaveLength(1);
    const eager = testService({ publishNotReadyAddresses: true });
    const all = reconcileSlices({ service: eager, pods, nodes: TEST_NODES, existing: [] });
    expect(all.withoutNode).toEqual([]);
    expect(all.create[0]?.endpoints).toHaveLength(2);
  });

  it('replaces the endpoint of a pod that was made again with the same name and address', () => {
    const shelf = new SliceShelf();
    shelf.sync(service, [testPod(0)]);
    expect(writesOf(shelf.sync(service, [testPod(0, { uid: 'uid-new' })]))).toEqual([0, 1, 0]);
    expect(shelf.slices[0]?.endpoints?.[0]?.targetRef?.uid).toBe('uid-new');
  });
});
