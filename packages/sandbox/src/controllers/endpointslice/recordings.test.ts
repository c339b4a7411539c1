import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { EndpointSliceObject, NodeObject, PodObject, ServiceObject } from '../objects.js';
import { reconcileSlices } from './reconcile.js';
import { writesOf } from './testing.js';

interface Recording {
  readonly before: EndpointSliceObject[];
  readonly after: EndpointSliceObject[];
  readonly events: { readonly type: string; readonly object: EndpointSliceObject }[];
}

function load(name: string): Recording {
  const file = new URL(`../testdata/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recording;
}

/** The Service behind slices; target port = the ports that the slices show. */
function serviceOf(
  [slice]: readonly EndpointSliceObject[],
  publishNotReadyAddresses: boolean,
): ServiceObject {
  const owner = slice?.metadata.ownerReferences?.[0];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: owner?.name ?? '', namespace: slice?.metadata.namespace, uid: owner?.uid },
    spec: {
      clusterIP: 'None',
      selector: { name: 'test' },
      ports: (slice?.ports ?? []).map((port) => ({ ...port, targetPort: port.port })),
      publishNotReadyAddresses,
    },
  };
}

/** The pods that slices were made from. */
function podsOf(slices: readonly EndpointSliceObject[]): PodObject[] {
  return slices.flatMap(({ endpoints }) =>
    (endpoints ?? []).map((endpoint) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: endpoint.targetRef?.name ?? '',
        namespace: endpoint.targetRef?.namespace,
        uid: endpoint.targetRef?.uid,
        ...(endpoint.conditions.terminating ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
      },
      spec: { containers: [], nodeName: endpoint.nodeName },
      status: {
        phase: 'Running',
        podIP: endpoint.addresses[0],
        conditions: [
          { type: 'Ready', status: endpoint.conditions.serving ? ('True' as const) : ('False' as const) },
        ],
      },
    })),
  );
}

const nodes = new Map(
  ['a', 'b'].map((letter): [string, NodeObject] => [
    `node-${letter}`,
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${letter}`, labels: { 'topology.kubernetes.io/zone': `zone-${letter}` } },
    },
  ]),
);

/** Ready is published for unready pods: the sign of publishNotReadyAddresses. */
function publishes(slices: readonly EndpointSliceObject[]): boolean {
  return slices.some(({ endpoints }) =>
    endpoints?.some(({ conditions: c }) => c.ready && (!c.serving || c.terminating)),
  );
}

const byAddress = (slice: EndpointSliceObject) =>
  [...(slice.endpoints ?? [])].sort((a, b) => (a.addresses[0]! < b.addresses[0]! ? -1 : 1));

const scenarios = [
  'rollout-small',
  'scale-down',
  'force-delete',
  'publish-not-ready',
  'target-port-change',
  'scale-150',
  'rollout-150',
];

describe.each(scenarios)('against real controllers: %s', (name) => {
  const recording = load(name);

  it.each(['before', 'after'] as const)('finds nothing to write in the slices %s', (moment) => {
    const existing = recording[moment];
    const service = serviceOf(existing, publishes(existing));
    const plan = reconcileSlices({ service, pods: podsOf(existing), nodes, existing });
    expect(writesOf(plan)).toEqual([0, 0, 0]);
  });

  it('makes a slice of the same form from nothing', () => {
    const [real] = recording.after;
    const service = serviceOf(recording.after, publishes(recording.after));
    const [made] = reconcileSlices({ service, pods: podsOf([real!]), nodes, existing: [] }).create;
    const {
      name: _n,
      uid: _u,
      resourceVersion: _r,
      generation: _g,
      creationTimestamp: _c,
      ...meta
    } = real!.metadata;
    const { annotations: _a, ...comparable } = meta;
    // Items of a list carry neither apiVersion nor kind.
    const form = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...real };
    expect(made).toEqual({ ...form, metadata: { ...comparable, name: '' }, endpoints: made?.endpoints });
    expect(byAddress(made!)).toEqual(byAddress(real!));
  });
});

describe.each(scenarios.filter((name) => load(name).events.length > 0))('step by step: %s', (name) => {
  const { before, events } = load(name);

  it('makes the write that the real controller made', () => {
    let existing = before;
    for (const { type, object } of events) {
      expect(type).toBe('MODIFIED');
      const service = serviceOf([object], publishes([object]));
      const plan = reconcileSlices({ service, pods: podsOf([object]), nodes, existing });
      expect(writesOf(plan)).toEqual([0, 1, 0]);
      const [written] = plan.update;
      expect(written?.metadata.name).toBe(object.metadata.name);
      expect(written?.ports).toEqual(object.ports);
      expect(byAddress(written!)).toEqual(byAddress(object));
      existing = [object];
    }
  });
});
