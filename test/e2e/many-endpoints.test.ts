import { type EndpointSet, usableEndpoints, watchEndpoints } from '@fairlead/discovery';
import type { KubeObject } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, faults, openBench, until } from './harness.js';

const NAMESPACE = 'many';
const SLICES_REF = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const SLICES = 12;
const TOTAL = 1000;

let bench: Bench;
let set: EndpointSet | undefined;
let watch: { close(): void };
/** What was written, by slice. */
const written = new Map<string, SliceEndpoint[]>();

interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
  readonly nodeName: string;
  readonly zone: string;
}

const endpoint = (index: number, ready = true): SliceEndpoint => ({
  addresses: [`10.200.${index >> 8}.${index & 255}`],
  conditions: { ready, serving: ready, terminating: false },
  nodeName: `node-${index % 40}`,
  zone: `zone-${index % 3}`,
});

const slice = (name: string, endpoints: readonly SliceEndpoint[]): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    namespace: NAMESPACE,
    labels: {
      'kubernetes.io/service-name': 'many',
      'endpointslice.kubernetes.io/managed-by': 'tests.fairlead.example',
      'service.kubernetes.io/headless': '',
    },
  },
  addressType: 'IPv4',
  ports: [{ name: 'grpc', port: 8088, protocol: 'TCP' }],
  endpoints,
});

async function write(name: string, endpoints: SliceEndpoint[]): Promise<void> {
  const options = { namespace: NAMESPACE };
  if (written.has(name))
    await bench.api.patch(SLICES_REF, name, { endpoints }, { ...options, kind: 'merge' });
  else await bench.api.create(SLICES_REF, slice(name, endpoints), options);
  written.set(name, endpoints);
}

/** `address ready` of everything that was written, and of everything that was read. */
const expected = (): string[] =>
  [...written.values()]
    .flat()
    .map(({ addresses, conditions }) => `${addresses[0]}:8088 ${conditions.ready}`)
    .sort();
const seen = (): string[] => (set?.endpoints ?? []).map(({ key, ready }) => `${key} ${ready}`).sort();

const agree = (what: string): Promise<void> =>
  until(what, () => JSON.stringify(seen()) === JSON.stringify(expected()));

beforeAll(async () => {
  bench = await openBench({ nodes: [{ name: 'node-a', zone: 'zone-a' }] });
  await bench.cluster.apply(`
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: many, namespace: ${NAMESPACE}}
spec: {clusterIP: None, ports: [{name: grpc, port: 8088}]}
`);
  watch = watchEndpoints(`k8s:///many.${NAMESPACE}:8088`, {
    kubeconfig: bench.cluster.kubeconfig,
    onSet: (news) => {
      set = news;
    },
  });
});

afterAll(async () => {
  watch?.close();
  await bench?.close();
});

it(`reads ${TOTAL} endpoints in ${SLICES} slices, each exactly as it was written`, async () => {
  for (let at = 0; at < SLICES; at++) {
    const indices = Array.from({ length: TOTAL }, (_, index) => index).filter((i) => i % SLICES === at);
    await write(
      `many-${at}`,
      indices.map((index) => endpoint(index)),
    );
  }
  await agree('all endpoints are there');
  expect(set?.endpoints).toHaveLength(TOTAL);
  expect(set?.endpoints.find(({ key }) => key === '10.200.1.44:8088')).toMatchObject({
    ...{ node: 'node-20', zone: 'zone-0', ready: true, serving: true, terminating: false },
    slice: 'many-0',
  });
});

it('follows endpoints that turn unready, leave and come', async () => {
  const [first = [], second = []] = [written.get('many-0'), written.get('many-1')];
  await write(
    'many-0',
    first.map(({ addresses }, index) => ({ ...endpoint(0, index % 2 === 0), addresses })),
  );
  await write('many-1', second.slice(10));
  await write('many-extra', [endpoint(5000), endpoint(5001)]);
  await agree('the changes are seen');
  const unready = Math.floor(first.length / 2);
  expect(usableEndpoints(set!)).toHaveLength(TOTAL - 10 + 2 - unready);
});

it('counts an endpoint that stands in two slices once, and drops those of a slice that is deleted', async () => {
  const [moved] = written.get('many-2') ?? [];
  await bench.api.create(SLICES_REF, slice('many-twice', [moved!]), { namespace: NAMESPACE });
  await write('many-3', (written.get('many-3') ?? []).slice(1));
  await agree('both are seen');
  await bench.api.delete(SLICES_REF, 'many-twice', { namespace: NAMESPACE });
  await bench.api.delete(SLICES_REF, 'many-4', { namespace: NAMESPACE });
  written.delete('many-4');
  await agree('the slice is gone');
});

it('knows all of them again after the API server lost its history', async (context) => {
  const { compact, stopApi, startApi } = faults(context, bench.cluster, 'compact', 'stopApi', 'startApi');
  await stopApi();
  await compact();
  await startApi();
  await until('the API server takes a change', () =>
    write('many-5', (written.get('many-5') ?? []).slice(3)).then(
      () => true,
      () => false,
    ),
  );
  await agree('the change is seen');
});
