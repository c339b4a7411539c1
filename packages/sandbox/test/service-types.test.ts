import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AddressRange, claimAddressRange } from '../src/address-range/address-range.js';
import { systemClock } from '../src/api/clock.js';
import { type ClusterStore, createClusterStore } from '../src/api/cluster-store.js';
import type { Service, ServiceSpec } from '../src/api/kinds/service-types.js';
import type { Controller } from '../src/controllers/controller.js';
import { createLoadBalancerController } from '../src/controllers/load-balancer.js';
import {
  type ServiceProxy,
  type ServiceProxyOptions,
  startServiceProxy,
} from '../src/proxy/service-proxy.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let range: AddressRange;
let store: ClusterStore;
let proxy: ServiceProxy | undefined;
let balancers: Controller;
let pods: Server[] = [];

/** Pods 1 and 2 are on node a, 3 is on node b. */
const podIp = (n: number): string => range.nodePods(n < 3 ? 1 : 2).replace('0/24', String(n));
const nodeIp = (name: 'a' | 'b'): string => range.nodeHost(name === 'a' ? 1 : 2);

async function startPod(n: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(String(n));
  });
  server.listen(8088, podIp(n));
  await once(server, 'listening');
  return server;
}

beforeEach(async () => {
  range = await claimAddressRange();
  store = createClusterStore({ serviceCidr: range.services });
  store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  for (const name of ['a', 'b'] as const) {
    const labels = { 'topology.kubernetes.io/zone': `z${name}` };
    const status = { addresses: [{ type: 'InternalIP', address: nodeIp(name) }] };
    store.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status });
  }
  balancers = createLoadBalancerController(
    { api: store, clock: systemClock, logger: silent },
    range.balancers,
  );
  pods = await Promise.all([1, 2, 3].map(startPod));
});

afterEach(async () => {
  balancers.close();
  await proxy?.close();
  proxy = undefined;
  for (const pod of pods) await new Promise((done) => pod.close(done));
  await range.release();
});

/** Makes a Service of pods 1 to 3 and starts a proxy. */
function serve(spec: ServiceSpec, options: Partial<ServiceProxyOptions> = {}): void {
  store.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'default' },
    spec: { ports: [{ name: 'tcp', port: 80_88, targetPort: 8088 }], ...spec },
  });
  const hints = (zone: string): object =>
    spec.trafficDistribution ? { hints: { forZones: [{ name: zone }] } } : {};
  store.create('endpointslices', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's-a', namespace: 'default', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    ports: [{ name: 'tcp', port: 8088, protocol: 'TCP' }],
    endpoints: [1, 2, 3].map((n) => {
      const node = n < 3 ? 'a' : 'b';
      return { addresses: [podIp(n)], conditions: { ready: true }, nodeName: node, ...hints(`z${node}`) };
    }),
  });
  proxy = startServiceProxy({ api: store, ...options });
}

/** The pod that answers a connection from `from`, or why none does. */
function ask(host: string, port: number, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress: from });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('close', () => resolve(text));
  });
}

async function askMany(host: string, port: number, from?: string): Promise<string> {
  const answers: string[] = [];
  for (let n = 0; n < 40; n++) answers.push(await ask(host, port, from));
  return [...new Set(answers)].sort().join(' ');
}

/** Changes fields of the Service. */
function change(spec: ServiceSpec): void {
  store.modify('services', 'default', 's', (copy: Service) => {
    copy.spec = { ...copy.spec, ...spec };
  });
}

const service = (): Service => store.get('services', 'default', 's') as Service;
const vip = (): string => service().spec?.clusterIP ?? '';
const nodePort = (): number => service().spec?.ports?.[0]?.nodePort ?? 0;

it('NodePort: each node answers on the same port, for every pod', async () => {
  serve({ type: 'NodePort' });
  await vi.waitFor(async () => expect(await ask(nodeIp('a'), nodePort())).toMatch(/\d/));
  expect(await askMany(nodeIp('a'), nodePort())).toBe('1 2 3');
  expect(await askMany(nodeIp('b'), nodePort())).toBe('1 2 3');
  expect(await askMany(vip(), 8088)).toBe('1 2 3');
});

it('externalTrafficPolicy Local: a node answers for its own pods only', async () => {
  serve({ type: 'NodePort', externalTrafficPolicy: 'Local' });
  await vi.waitFor(async () => expect(await ask(nodeIp('b'), nodePort())).toBe('3'));
  expect(await askMany(nodeIp('a'), nodePort())).toBe('1 2');
  expect(await askMany(nodeIp('b'), nodePort())).toBe('3');
});

it('LoadBalancer: an address of its own for as long as the type says so', async () => {
  serve({ type: 'LoadBalancer' });
  const balancer = (): string => service().status?.loadBalancer?.ingress?.[0]?.ip ?? '';
  await vi.waitFor(async () => expect(await ask(balancer(), 8088)).toMatch(/\d/));
  const address = balancer();
  expect(await askMany(address, 8088)).toBe('1 2 3');
  change({ type: 'ClusterIP' });
  await vi.waitFor(async () => expect(await ask(address, 8088)).toBe('ECONNREFUSED'));
  expect(await askMany(vip(), 8088)).toBe('1 2 3');
});

it('LoadBalancer, policy Local: nodes have equal shares, so the one pod of node b has half of all', async () => {
  let draws = 0;
  const random = (): number => [0.1, 0.6][draws++ % 2] ?? 0;
  serve({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, { scheduler: 'rr', random });
  const balancer = (): string => service().status?.loadBalancer?.ingress?.[0]?.ip ?? '';
  await vi.waitFor(async () => expect(await ask(balancer(), 8088)).toMatch(/\d/));
  const answers: string[] = [];
  for (let n = 0; n < 20; n++) answers.push(await ask(balancer(), 8088));
  expect(answers.filter((pod) => pod === '3')).toHaveLength(10);
});

it('internalTrafficPolicy Local and hints follow the node that a client is on', async () => {
  serve({ trafficDistribution: 'PreferSameZone' });
  await vi.waitFor(async () => expect(await ask(vip(), 8088)).toMatch(/\d/));
  expect(await askMany(vip(), 8088, nodeIp('b'))).toBe('3');
  expect(await askMany(vip(), 8088, nodeIp('a'))).toBe('1 2');
  change({ internalTrafficPolicy: 'Local' });
  await vi.waitFor(async () => expect(await ask(vip(), 8088, nodeIp('b'))).toBe('3'));
  store.delete('nodes', undefined, 'a');
  await vi.waitFor(async () => expect(await askMany(vip(), 8088, nodeIp('a'))).toBe('3'));
});

it('sessionAffinity ClientIP: an address keeps its pod', async () => {
  serve({ sessionAffinity: 'ClientIP' });
  await vi.waitFor(async () => expect(await ask(vip(), 8088)).toMatch(/\d/));
  const seen = new Set<string>();
  for (let n = 1; n < 30; n++) {
    const one = await ask(vip(), 8088, `127.0.1.${n}`);
    expect(await ask(vip(), 8088, `127.0.1.${n}`)).toBe(one);
    seen.add(one);
  }
  expect(seen.size).toBe(3);
});

it('scheduler rr goes round, sh keeps to the source', async () => {
  serve({}, { scheduler: 'sh' });
  await vi.waitFor(async () => expect(await ask(vip(), 8088)).toMatch(/\d/));
  expect(await askMany(vip(), 8088)).toMatch(/^\d$/);
  await proxy?.close();
  proxy = startServiceProxy({ api: store, scheduler: 'rr' });
  await vi.waitFor(async () => expect(await ask(vip(), 8088)).toMatch(/\d/));
  const turns = [await ask(vip(), 8088), await ask(vip(), 8088), await ask(vip(), 8088)];
  expect(turns.sort().join(' ')).toBe('1 2 3');
});

it('an address that somebody else holds is served once it is free', async () => {
  const host = range.services.replace('.0/20', '.77');
  const blocker = createServer().listen(8088, host);
  await once(blocker, 'listening');
  const onTrouble = vi.fn();
  const retries: (() => void)[] = [];
  const clock = {
    now: () => 0,
    setTimeout(retry: () => void) {
      retries.push(retry);
      return { cancel() {} };
    },
  };
  serve({ clusterIP: host }, { onTrouble, clock });
  for (const times of [1, 2]) {
    await vi.waitFor(() => expect(retries).toHaveLength(times));
    if (times === 2) await new Promise((done) => blocker.close(done));
    retries.at(-1)?.();
  }
  await vi.waitFor(async () => expect(await ask(vip(), 8088)).toMatch(/\d/));
  expect(onTrouble).toHaveBeenCalledOnce();
});
