import { promises as dns } from 'node:dns';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, failure, until } from './support/calls.js';
import { countConnections } from './support/connections.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { deadPort, type Pod, startPods } from './support/pods.js';

const { experimental: x } = grpc;
const source = new FakeSource();
let pods: Pod[];
let echo: Echo | null = null;

/** The endpoints that the resolver `test:` delivers, and how often it was asked. */
let push: (list: grpc.experimental.StatusOr<grpc.experimental.Endpoint[]>, config?: unknown) => void =
  () => {};
let asked = 0;

class TestResolver implements grpc.experimental.Resolver {
  constructor(_target: grpc.experimental.GrpcUri, listener: grpc.experimental.ResolverListener) {
    push = (list, config) =>
      void listener(
        list,
        {},
        config === undefined
          ? null
          : x.statusOrFromValue({ loadBalancingConfig: [{ fairlead: config as object }], methodConfig: [] }),
        'the note of a foreign resolver',
      );
  }
  updateResolution(): void {
    asked += 1;
  }
  destroy(): void {}
  static getDefaultAuthority(): string {
    return 'test';
  }
}

/** A policy that counts updates and asks for resolution again and again. */
let updates = 0;
class Restless implements grpc.experimental.LoadBalancer {
  private readonly helper: grpc.experimental.ChannelControlHelper;
  private readonly child: grpc.experimental.ChildLoadBalancerHandler;
  constructor(helper: grpc.experimental.ChannelControlHelper) {
    this.helper = helper;
    this.child = new x.ChildLoadBalancerHandler(helper);
  }
  updateAddressList(
    list: grpc.experimental.StatusOr<grpc.experimental.Endpoint[]>,
    config: RestlessConfig,
    options: grpc.ChannelOptions,
    note: string,
  ): boolean {
    updates += 1;
    setImmediate(() => this.helper.requestReresolution());
    return this.child.updateAddressList(list, config.child, options, note);
  }
  exitIdle(): void {
    this.child.exitIdle();
  }
  resetBackoff(): void {
    this.child.resetBackoff();
  }
  destroy(): void {
    this.child.destroy();
  }
  getTypeName(): string {
    return 'restless';
  }
}

class RestlessConfig implements grpc.experimental.TypedLoadBalancingConfig {
  readonly child: grpc.experimental.TypedLoadBalancingConfig;
  constructor(child: grpc.experimental.TypedLoadBalancingConfig) {
    this.child = child;
  }
  getLoadBalancerName(): string {
    return 'restless';
  }
  toJsonObject(): object {
    return { restless: {} };
  }
  static createFromJson(json: { child: Record<string, object> }): RestlessConfig {
    return new RestlessConfig(x.parseLoadBalancingConfig(json.child));
  }
}

const FAIRLEAD = { 'grpc.service_config': '{"loadBalancingConfig":[{"fairlead":{}}]}' };

beforeAll(async () => {
  registerWith({ logger: silentLogger }, { openCluster: () => fakeCluster(source) });
  x.registerResolver('test', TestResolver);
  x.registerLoadBalancerType('restless', Restless, RestlessConfig);
  pods = await startPods(3, {}, 4);
});

afterEach(() => {
  echo?.close();
  echo = null;
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

function dial(target: string, options: grpc.ClientOptions = FAIRLEAD): Echo {
  echo = new Echo(target, options);
  return echo;
}

const plain = (...indexes: number[]): grpc.experimental.Endpoint[] =>
  indexes.map((index) => ({ addresses: [{ host: pods[index]!.host, port: pods[index]!.port }] }));

async function allOf(client: Echo, count: number): Promise<void> {
  await until(async () => Object.keys(await client.spread(10 * count)).length === count, `${count} pods`);
}

it('balances the addresses of an ipv4 target', async () => {
  const list = pods.map(({ host, port }) => `${host}:${port}`).join(',');
  await allOf(dial(`ipv4:${list}`), 3);
});

it('leaves plain names to grpc-js unless it was asked to serve them', async () => {
  const lookup = vi.spyOn(dns, 'lookup').mockResolvedValue([{ address: pods[0]!.host, family: 4 }] as never);
  const watches = source.watches;
  try {
    expect(await dial(`svc.ns.svc.cluster.local:${pods[0]!.port}`).say()).toBe('pod-1');
  } finally {
    lookup.mockRestore();
  }
  expect(source.watches).toBe(watches);
});

it('balances a dns target', async () => {
  const pod = pods[0]!;
  expect(await dial(`dns:///${pod.host}:${pod.port}`).say()).toBe('pod-1');
});

it('keeps connections when a foreign resolver makes new objects for the same addresses', async () => {
  const client = dial('test:///x', { ...FAIRLEAD, 'grpc.use_local_subchannel_pool': 1 });
  const first = client.say();
  push(x.statusOrFromValue(plain(0, 1)));
  await first;
  await allOf(client, 2);
  const connections = countConnections();
  for (let i = 0; i < 5; i++) push(x.statusOrFromValue(plain(0, 1)));
  push(x.statusOrFromValue(plain(0, 1, 1, 0)));
  await allOf(client, 2);
  connections.stop();
  expect(connections.count).toBe(0);
});

it('keeps its endpoints when a foreign resolver fails later, and fails with its words before', async () => {
  const client = dial('test:///x');
  const first = failure(client.say());
  const error = { code: grpc.status.UNAVAILABLE, details: 'no such name' };
  push(x.statusOrFromError(error));
  expect((await first).details).toBe('no such name');
  push(x.statusOrFromValue(plain(0)));
  await until(async () => (await client.say().catch(() => '')) === 'pod-1', 'an answer');
  push(x.statusOrFromError(error));
  expect(await client.say()).toBe('pod-1');
});

it('fails at once when a foreign resolver delivers no address', async () => {
  const client = dial('test:///x');
  const call = failure(client.say());
  push(x.statusOrFromValue<grpc.experimental.Endpoint[]>([]));
  expect((await call).details).toBe('the note of a foreign resolver');
});

it('asks a foreign resolver again when a connection is lost', async () => {
  const [pod] = await startPods(1, {}, 5);
  const client = dial('test:///x');
  const first = client.say();
  push(x.statusOrFromValue([{ addresses: [{ host: pod!.host, port: pod!.port }] }]));
  await first;
  asked = 0;
  pod!.stop();
  await until(() => asked > 0, 'a request');
});

it('fails calls with the parse error of a first bad config, and keeps the last good one later', async () => {
  const client = dial('test:///x', {});
  const first = failure(client.say());
  push(x.statusOrFromValue(plain(0, 1)), { pick: { fastest: {} } });
  const error = await first;
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  expect(error.details).toContain('fairlead.pick');
  push(x.statusOrFromValue(plain(0, 1)), {});
  await until(async () => (await client.say().catch(() => '')) !== '', 'an answer');
  push(x.statusOrFromValue(plain(0, 1, 2)), { pick: { fastest: {} } });
  await allOf(client, 3);
});

it('changes its policy at run time without a new connection', async () => {
  const client = dial('test:///x', { 'grpc.use_local_subchannel_pool': 1 });
  const first = client.say();
  push(x.statusOrFromValue(plain(0, 1, 2)), {});
  await first;
  await allOf(client, 3);
  const connections = countConnections();
  push(x.statusOrFromValue(plain(0, 1, 2)), { pick: { roundRobin: {} } });
  const order: string[] = [];
  for (let i = 0; i < 9; i++) order.push(await client.say());
  connections.stop();
  expect(order.slice(3)).toEqual(order.slice(0, 6));
  expect(connections.count).toBe(0);
});

it('works below a foreign parent, whose requests for resolution deliver nothing again', async () => {
  source.push(pods.map((pod) => pod.endpoint));
  updates = 0;
  const client = dial('k8s:///svc.ns:8088', {
    'grpc.service_config': '{"loadBalancingConfig":[{"restless":{"child":{"fairlead":{}}}}]}',
    'grpc.initial_reconnect_backoff_ms': 10,
    'grpc.max_reconnect_backoff_ms': 10,
  });
  await client.say();
  await allOf(client, 3);
  expect(updates).toBe(1);
  source.push(pods.slice(1).map((pod) => pod.endpoint));
  expect(await client.spread(50)).not.toHaveProperty('pod-1');
  expect(updates).toBe(2);
});

it("works below grpc-js's outlier detection", async () => {
  source.push(pods.map((pod) => pod.endpoint));
  const outliers = { interval: { seconds: 10, nanos: 0 }, child_policy: [{ fairlead: {} }] };
  // By its name alone it would be ours; below a policy of others it is grpc-js's.
  const child = { outlier_detection: outliers };
  const client = dial('k8s:///svc.ns:8088', {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ restless: { child } }] }),
  });
  await allOf(client, 3);
});

it('reaches an endpoint by any of its addresses', async () => {
  const dead = await deadPort('127.0.4.99');
  const pod = pods[0]!;
  const client = dial('test:///x');
  const call = client.say();
  push(
    x.statusOrFromValue([
      {
        addresses: [
          { host: '127.0.4.99', port: dead },
          { host: pod.host, port: pod.port },
        ],
      },
    ]),
  );
  expect(await call).toBe('pod-1');
});
