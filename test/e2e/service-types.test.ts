import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, DEPLOYMENTS, Echo, fairlead, openBench, until } from './harness.js';

// The programs and the manifest are those of the example: what its page prints is judged here pod by pod.

const EXAMPLE = new URL('../../examples/service-types/', import.meta.url);
const ENDPOINTS: ResourceRef = { group: '', version: 'v1', resource: 'endpoints' };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const namespace = 'types';
/** A machine that is busy otherwise makes some 3,000 calls in that time (ms). */
const MEASURE_MS = 240_000;

interface Pod extends KubeObject {
  readonly status: { readonly phase: string; readonly podIP?: string };
}

/** Calls that each pod answered. */
interface Calls {
  readonly pods?: Readonly<Record<string, number>>;
  readonly error?: string;
}

interface Row {
  readonly service: string;
  readonly policy?: string;
  readonly one: Calls;
  readonly many: Calls;
  readonly fairlead: Calls;
}

let bench: Bench;
let rows: ReadonlyMap<string, Row>;

async function run(program: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    KUBECONFIG: bench.cluster.kubeconfig,
    GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true',
  };
  const file = fileURLToPath(new URL(program, EXAMPLE));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
    env,
    timeout: MEASURE_MS,
  });
  return stdout;
}

async function isUp(): Promise<boolean> {
  const available = await Promise.all(
    ['three', 'one'].map(async (name) => {
      const { status } = await bench.api.get<
        KubeObject & { readonly status?: { availableReplicas?: number } }
      >(DEPLOYMENTS, name, { namespace });
      return status?.availableReplicas ?? 0;
    }),
  );
  const { items } = await bench.api.list<Pod>(PODS, { namespace, query: { labelSelector: 'set=late' } });
  return available.join() === '3,1' && items[0]?.status.phase === 'Running';
}

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(await readFile(new URL('services.yaml', EXAMPLE), 'utf8'));
  await until('all pods run', isUp);
  await run('by-hand.mjs');
  const measured = JSON.parse(await run('measure.mjs', '--json')) as Row[];
  rows = new Map(measured.map((row) => [[row.service, row.policy].filter(Boolean).join(), row]));
}, MEASURE_MS);

afterAll(() => bench?.close());

/** The sets that answered, `three` or `one` or `late`, once for each pod. */
const sets = ({ pods = {}, error }: Calls): string =>
  error ??
  Object.keys(pods)
    .map((pod) => pod.split('-')[0])
    .sort()
    .join(' ');

const ALL = 'one three three three';

it.each<[string, { many: string; fairlead?: string }]>([
  ['cluster-ip', { many: ALL }],
  ['headless', { many: ALL }],
  ['node-port', { many: ALL }],
  ['node-port-local', { many: 'one' }],
  ['balancer', { many: ALL }],
  ['balancer-local', { many: ALL }],
  ['not-ready-too', { many: `late ${ALL}`, fairlead: `late ${ALL}` }],
  ['internal-local', { many: 'three three three' }],
  ['near', { many: 'three three three' }],
])('%s: a channel stays on one pod, many reach those of the Service, k8s:/// all', (name, expected) => {
  const row = rows.get(name);
  expect(Object.values(row?.one.pods ?? {})).toEqual([100]);
  expect(sets(row?.many ?? {})).toBe(expected.many);
  expect(sets(row?.fairlead ?? {})).toBe(expected.fairlead ?? ALL);
});

it('sticky: sessionAffinity keeps all channels of a client on one pod, but not k8s:///', () => {
  const row = rows.get('sticky');
  expect([Object.keys(row?.one.pods ?? {}), Object.values(row?.one.pods ?? {})]).toEqual([
    Object.keys(row?.many.pods ?? {}),
    [100],
  ]);
  expect(sets(row?.fairlead ?? {})).toBe(ALL);
});

it('round_robin over the addresses of DNS spreads one channel, through an ExternalName too', () => {
  for (const name of ['headless,round_robin', 'external,round_robin']) {
    const one: Calls = rows.get(name)?.one ?? {};
    expect(sets(one)).toBe(ALL);
    // 25 for each, but for the pods that were not connected yet when the first calls were made.
    for (const calls of Object.values(one.pods ?? {})) expect(calls).toBeGreaterThan(10);
  }
});

it('k8s:/// gives each pod its share whatever the type', () => {
  for (const { service, fairlead: calls } of rows.values()) {
    if (service === 'external') continue;
    const counts = Object.values(calls.pods ?? {});
    expect(Math.min(...counts), service).toBeGreaterThan(200 / counts.length / 2);
  }
});

it('an ExternalName is told from a Service that lacks endpoints: the text names what to dial', async () => {
  const text =
    'no EndpointSlice for Service external in namespace types: ' +
    'it is an ExternalName of headless.types.svc.cluster.local, dial k8s:///headless.types:8088';
  expect(rows.get('external,round_robin')?.fairlead.error).toBe(`k8s:///external.types:8088: ${text}`);
  const env = { KUBECONFIG: bench.cluster.kubeconfig };
  const { code, stdout } = await fairlead(['doctor', 'k8s:///external.types:8088'], env);
  expect(code).toBe(1);
  expect(stdout).toContain(`✗ ${text}\n  dial what the message says: only DNS follows an ExternalName`);
});

it('a Service without a selector has the pods of slices and Endpoints that are written by hand', () => {
  const pods = (name: string) => Object.keys(rows.get(name)?.fairlead.pods ?? {}).sort();
  expect(Object.keys(rows.get('by-slice')?.many.pods ?? {}).sort()).toEqual(pods('by-slice'));
  expect(Object.keys(rows.get('by-endpoints')?.many.pods ?? {}).sort()).toEqual(pods('by-endpoints'));
  expect(new Set([...pods('by-slice'), ...pods('by-endpoints')]).size).toBe(4);
});

it('a client follows Endpoints that somebody changes by hand, and their deletion', async () => {
  const { items } = await bench.api.list<Pod>(PODS, { namespace, query: { labelSelector: 'set=one' } });
  const { metadata, status } = items[0]!;
  const client = new Echo(bench.cluster.kubeconfig, 'k8s:///by-endpoints.types:8088');
  await client.reach(2);
  const ports = [{ name: 'grpc', port: 8088, protocol: 'TCP' }];
  const subsets = [{ addresses: [{ ip: status.podIP }], ports }];
  await bench.api.patch(ENDPOINTS, 'by-endpoints', { subsets }, { namespace, kind: 'merge' });
  await until('only that pod answers', async () => {
    const answers = new Set<string>();
    for (let n = 0; n < 20; n++) answers.add(await client.say());
    return answers.size === 1 && answers.has(metadata.name ?? '');
  });
  await bench.api.delete(ENDPOINTS, 'by-endpoints', { namespace });
  await until('calls say that nobody is there', () =>
    client.say({ deadlineMs: 2_000 }).then(
      () => false,
      (error: Error) => error.message.includes('the Service has no selector'),
    ),
  );
  client.close();
});
