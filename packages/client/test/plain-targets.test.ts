import { promises as dns } from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, failure, until } from './support/calls.js';
import { type DnsServer, startDnsServer } from './support/dns-server.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { Pod, startPods } from './support/pods.js';

const source = new FakeSource();
let server: DnsServer;
let pods: Pod[];
let echo: Echo | null = null;

beforeAll(async () => {
  server = await startDnsServer();
  registerWith(
    {
      logger: silentLogger,
      clusterNames: true,
      namespace: 'ns',
      dns: { servers: [server.address], minTtlMs: 20 },
    },
    { openCluster: () => fakeCluster(source) },
  );
  pods = await startPods(3, {}, 6);
});

beforeEach(() => {
  source.push(pods.map(({ endpoint }) => endpoint));
  server.zone.clear();
  server.asked.length = 0;
});

afterEach(() => {
  echo?.close();
  echo = null;
});

afterAll(async () => {
  for (const pod of pods) pod.stop();
  await server.close();
});

function dial(target: string, options: grpc.ClientOptions = {}): Echo {
  echo = new Echo(target, { 'grpc.enable_http_proxy': 0, ...options });
  return echo;
}

const address = (name: string, data: string) => ({ type: 'A' as const, name, data, ttl: 0 });

async function allAnswer(client: Echo, count = 3): Promise<void> {
  await until(async () => Object.keys(await client.spread(10 * count)).length === count, `${count} pods`);
}

it.each(['svc.ns.svc:8088', 'svc.ns.svc.cluster.local:8088', 'dns:///svc.ns.svc.cluster.local.:8088'])(
  'serves %s as k8s:/// is served, without a word to DNS',
  async (target) => {
    await allAnswer(dial(target));
    expect(server.asked).toEqual([]);
  },
);

it('keeps the authority that the application wrote', async () => {
  const client = dial('svc.ns.svc.cluster.local:8088');
  let host = '';
  pods[0]!.options.answer =
    pods[1]!.options.answer =
    pods[2]!.options.answer =
      (call) => {
        host = call.getHost();
        return null;
      };
  await client.say();
  for (const pod of pods) delete pod.options.answer;
  expect(host).toBe('svc.ns.svc.cluster.local:8088');
});

it.each([
  ['svc:8088', 'svc.ns.svc.cluster.local'],
  ['svc.other:8088', 'svc.other.svc.cluster.local'],
])('serves %s, which the search list makes %s', async (target, name) => {
  server.zone.set(`A ${name}`, [address(name, '10.1.0.1')]);
  await allAnswer(dial(target));
  expect(server.asked).toContain(`A ${name}`);
});

it('asks again what a short name means after the channel was idle', async () => {
  server.zone.set('A svc.ns.svc.cluster.local', [address('svc.ns.svc.cluster.local', '10.1.0.1')]);
  const client = dial('svc:8088', { 'grpc.client_idle_timeout_ms': 1_000 });
  await client.say();
  await until(() => source.watching === 0, 'idle');
  const asked = server.asked.length;
  expect(await client.say()).toMatch(/^pod-/);
  expect(server.asked.length).toBeGreaterThan(asked);
});

it('leaves addresses and localhost to grpc-js', async () => {
  const watches = source.watches;
  const [pod] = pods;
  expect(await dial(`${pod!.host}:${pod!.port}`).say()).toBe('pod-1');
  echo?.close();
  const local = await new Pod('local', '127.0.0.1', {}).start();
  expect(await dial(`localhost:${local.port}`).say()).toBe('local');
  echo?.close();
  local.stop();
  const error = await failure(dial('localhost:1').say());
  expect(error).toMatchObject({
    code: grpc.status.UNAVAILABLE,
    details: expect.stringContaining('ECONNREFUSED'),
  });
  expect(source.watches).toBe(watches);
  expect(server.asked).toEqual([]);
});

it('leaves a name to grpc-js that the cluster does not know', async () => {
  const watches = source.watches;
  const [pod] = pods;
  // The machine's own resolver might ask a network.
  const lookup = vi.spyOn(dns, 'lookup').mockResolvedValue([{ address: pod!.host, family: 4 }] as never);
  try {
    expect(await dial(`elsewhere.example:${pod!.port}`).say()).toBe('pod-1');
    expect(lookup).toHaveBeenCalledWith('elsewhere.example', { all: true });
  } finally {
    lookup.mockRestore();
  }
  expect(server.asked).toContain('A elsewhere.example.svc.cluster.local');
  expect(source.watches).toBe(watches);
});

it('leaves the service config of TXT records to grpc-js', async () => {
  const before = dns.getServers();
  const silent = await new Pod('silent', '127.0.0.1', { answer: () => null, delayMs: 60_000 }).start();
  const config =
    '[{"serviceConfig":{"methodConfig":[{"name":[{}],"timeout":"0.05s"}],"loadBalancingConfig":[]}}]';
  server.zone.set('TXT localhost', [
    { type: 'TXT', name: 'localhost', ttl: 0, data: [`grpc_config=${config}`] },
  ]);
  dns.setServers([server.address]);
  const client = dial(`localhost:${silent.port}`, { 'grpc.service_config_disable_resolution': 0 });
  const details = async (): Promise<string> =>
    (await failure(client.say({ deadline: Date.now() + 1_000 }))).details;
  try {
    await until(
      async () => /^Deadline exceeded after 0\.0/.test(await details()),
      'the timeout of the record',
    );
  } finally {
    dns.setServers(before);
    silent.stop();
  }
});

it('calls the endpoints of a headless target, drops those that leave DNS, and heals', async () => {
  const name = 'headless.ns.svc.cluster.local';
  const [first] = pods;
  const second = new Pod('second', '127.0.6.9', {});
  second.port = first!.port;
  await second.start();
  const records = [address(name, first!.host), address(name, second.host)];
  server.zone.set(`A ${name}`, records);
  const client = dial(`headless:///headless.ns:${first!.port}`);
  await allAnswer(client, 2);
  server.zone.set(`A ${name}`, [address(name, second.host)]);
  await until(async () => Object.keys(await client.spread(20)).length === 1, 'the first has left');
  expect(await client.spread(20)).toEqual({ second: 20 });
  second.stop();
});

it('fails calls to a name that is not there, and says so', async () => {
  const error = await failure(dial('headless:///none.ns:80').say());
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  expect(error.details).toMatch(
    /^headless:\/\/\/none\.ns:80: DNS knows no none\.ns\.ns\.svc\.cluster\.local, /,
  );
});

it('calls static endpoints, and those of a file as it changes', async () => {
  const [first, second, third] = pods.map(({ host, port }) => `${host}:${port}`);
  await allAnswer(dial(`static:///${first},${second},${third}`));
  echo?.close();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-client-'));
  const path = join(folder, 'endpoints.yaml');
  try {
    await writeFile(path, `endpoints: ["${first}"]`);
    const client = dial(`file://${path}`);
    await allAnswer(client, 1);
    await writeFile(path, `endpoints: ["${second}", "${third}"]`);
    await allAnswer(client, 2);
    echo?.close();
    const error = await failure(dial(`file://${folder}/none.yaml`).say());
    expect(error.details).toContain(
      `${folder}/none.yaml: the file ${folder}/none.yaml cannot be used: ENOENT`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([
  [{ clusterNames: [] }, 'clusterNames: got [], accepted: true, or a list of names'],
  [{ dns: { server: ['10.0.0.1'] } }, 'accepted: an object with servers'],
  [{ fallback: 'xds' }, 'fallback: got "xds", accepted: dns'],
])('refuses %j', (options, text) => {
  expect(() => registerWith(options as object, {})).toThrow(text);
});

it.each(['headless:///svc.ns', 'static:///10.0.0.1', 'file:///'])(
  'refuses %s where the client is made',
  (target) => {
    expect(() => new Echo(target)).toThrow(`target "${target}": `);
  },
);
