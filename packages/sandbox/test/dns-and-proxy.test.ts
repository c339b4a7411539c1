import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AddressRange, claimAddressRange } from '../src/address-range/address-range.js';
import { type ClusterStore, createClusterStore } from '../src/api/cluster-store.js';
import { startClusterDns } from '../src/dns/cluster-dns.js';
import type { DnsServer } from '../src/dns/server.js';
import { type ServiceProxy, startServiceProxy } from '../src/proxy/service-proxy.js';

let range: AddressRange;
const podPrefix = (): string => range.nodePods(1).replace('0/24', '');
let store: ClusterStore;
let dns: DnsServer;
let proxy: ServiceProxy;
let pods: Server[];
let resolver: Resolver;
const trouble = vi.fn();

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ name: 'tcp', port: 8088, protocol: 'TCP', targetPort: 8088 }], ...spec },
});

const slice = (of: string, addresses: string[], conditions = { ready: true }) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${of}-a`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  ports: [{ name: 'tcp', port: 8088, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions })),
});

/** Pods that answer with their own address and wait for the client to end. */
async function startPod(host: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.write(host);
    socket.resume().on('end', () => socket.end(' bye'));
  });
  server.listen(8088, host);
  await once(server, 'listening');
  return server;
}

beforeEach(async () => {
  range = await claimAddressRange();
  store = createClusterStore({ serviceCidr: range.services });
  if (!store.get('namespaces', undefined, 'default')) {
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  }
  dns = await startClusterDns({ api: store, host: range.api, random: () => 0 });
  proxy = startServiceProxy({ api: store, onTrouble: (_, message) => trouble(message) });
  pods = await Promise.all([1, 2].map((n) => startPod(`${podPrefix()}${n}`)));
  resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`${dns.host}:${dns.port}`]);
});

afterEach(async () => {
  await Promise.all([
    dns.close(),
    proxy.close(),
    ...pods.map((pod) => new Promise((done) => pod.close(done))),
  ]);
  await range.release();
});

const podAddresses = (): string[] => [1, 2].map((n) => `${podPrefix()}${n}`);

async function talk(host: string): Promise<string> {
  const socket = connect({ host, port: 8088 });
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    socket.end();
  });
  await once(socket, 'close');
  return text;
}

it('resolves a headless Service to its pods and back, and follows changes', async () => {
  store.create('services', service('serv', { clusterIP: 'None' }));
  store.create('endpointslices', slice('serv', podAddresses()));
  const name = 'serv.default.svc.cluster.local';
  await vi.waitFor(async () => expect((await resolver.resolve4(name)).sort()).toEqual(podAddresses()));
  const srv = await resolver.resolveSrv(`_tcp._tcp.${name}`);
  expect(srv).toEqual(
    expect.arrayContaining([
      // Newer versions of Node.js add the type of the record.
      expect.objectContaining({
        priority: 0,
        weight: 50,
        port: 8088,
        name: `${podAddresses()[0]!.replaceAll('.', '-')}.${name}`,
      }),
    ]),
  );
  expect(await resolver.reverse(podAddresses()[1]!)).toEqual([
    `${podAddresses()[1]!.replaceAll('.', '-')}.${name}`,
  ]);
  store.delete('endpointslices', 'default', 'serv-a');
  await vi.waitFor(async () => {
    await expect(resolver.resolve4(name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

it('sends 200 records over TCP when UDP is too small', async () => {
  store.create('services', service('serv', { clusterIP: 'None' }));
  store.create(
    'endpointslices',
    slice(
      'serv',
      Array.from({ length: 200 }, (_, i) => `10.0.0.${i + 1}`),
    ),
  );
  await vi.waitFor(async () =>
    expect(await resolver.resolve4('serv.default.svc.cluster.local')).toHaveLength(200),
  );
});

it('gives each connection to a virtual IP one backend and passes half-closes on', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  store.create('endpointslices', slice('vip', podAddresses()));
  const seen = new Set<string>();
  await vi.waitFor(async () => {
    seen.add(await talk(vip));
    expect([...seen].sort()).toEqual(podAddresses().map((address) => `${address} bye`));
  });
});

it('resets connections to a Service without endpoints', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  await vi.waitFor(async () => {
    const socket: Socket = connect({ host: vip, port: 8088 });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
});

it('falls back to endpoints that terminate but still serve', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  const conditions = { ready: false, serving: true, terminating: true };
  store.create('endpointslices', slice('vip', podAddresses().slice(0, 1), conditions));
  await vi.waitFor(async () => expect(await talk(vip)).toBe(`${podAddresses()[0]} bye`));
});

/** A connection that has heard its pod. */
async function greeted(host: string, port = 8088): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => {});
  await once(socket, 'data');
  return socket;
}

/** Whether a pod answers there at all. */
const answers = (host: string, port: number): Promise<boolean> =>
  greeted(host, port).then(
    (socket) => socket.destroy() !== undefined,
    () => false,
  );

it('keeps open connections when their endpoints and then the Service go', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  store.create('endpointslices', slice('vip', podAddresses()));
  await vi.waitFor(async () => expect(await talk(vip)).toMatch(/ bye$/));
  const socket = await greeted(vip);
  store.delete('endpointslices', 'default', 'vip-a');
  await vi.waitFor(async () => {
    const [error] = await once(connect({ host: vip, port: 8088 }), 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
  store.delete('services', 'default', 'vip');
  await vi.waitFor(async () => {
    const [error] = await once(connect({ host: vip, port: 8088 }), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
  const rest = once(socket, 'data');
  socket.end();
  expect(String((await rest)[0])).toBe(' bye');
});

it('follows the port of a Service and the name of that port', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  store.create('endpointslices', slice('vip', podAddresses()));
  await vi.waitFor(async () => expect(await talk(vip)).toMatch(/ bye$/));
  const change = (port: object): void =>
    void store.modify('services', 'default', 'vip', (copy) => {
      (copy.spec as { ports: object[] }).ports = [port];
    });
  change({ name: 'tcp', port: 8090, protocol: 'TCP', targetPort: 8088 });
  await vi.waitFor(async () => {
    expect([await answers(vip, 8090), await answers(vip, 8088)]).toEqual([true, false]);
  });
  change({ name: 'other', port: 8090, protocol: 'TCP', targetPort: 8088 });
  await vi.waitFor(async () => expect(await answers(vip, 8090)).toBe(false));
});

it('follows a slice whose label leads to another Service', async () => {
  const vipOf = (name: string): string =>
    (store.create('services', service(name, {})).spec as { clusterIP: string }).clusterIP;
  const [one, two] = [vipOf('one'), vipOf('two')];
  store.create('endpointslices', slice('one', podAddresses()));
  await vi.waitFor(async () => expect(await answers(one, 8088)).toBe(true));
  store.modify('endpointslices', 'default', 'one-a', (copy) => {
    copy.metadata.labels = { 'kubernetes.io/service-name': 'two' };
  });
  await vi.waitFor(async () => {
    expect([await answers(one, 8088), await answers(two, 8088)]).toEqual([false, true]);
  });
});

it('passes a refused connection on as a reset', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  store.create('endpointslices', slice('vip', [`${podPrefix()}9`]));
  await vi.waitFor(async () => {
    const [error] = await once(connect({ host: vip, port: 8088 }), 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
});

it('carries 500 connections at a time', async () => {
  const created = store.create('services', service('vip', {}));
  const vip = (created.spec as { clusterIP: string }).clusterIP;
  store.create('endpointslices', slice('vip', podAddresses()));
  await vi.waitFor(async () => expect(await talk(vip)).toMatch(/ bye$/));
  const sockets = await Promise.all(Array.from({ length: 500 }, () => greeted(vip)));
  for (const socket of sockets) socket.destroy();
});

it('names a virtual IP that cannot be bound', async () => {
  const blocker = createServer().listen(8088, range.services.replace('.0/20', '.77'));
  await once(blocker, 'listening');
  store.create('services', service('vip', { clusterIP: range.services.replace('.0/20', '.77') }));
  await vi.waitFor(() => expect(trouble).toHaveBeenCalledWith(expect.stringContaining('EADDRINUSE')));
  await new Promise((done) => blocker.close(done));
});

it('gives every range to one sandbox only, and takes it back', async () => {
  const other = await claimAddressRange();
  expect(other.api).not.toBe(range.api);
  await other.release();
});
