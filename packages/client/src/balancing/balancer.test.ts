import { createPipeline, type Pipeline, type PipelineHost } from '@fairlead/balancing';
import { type Endpoint, silentLogger, systemClock, usableEndpoints } from '@fairlead/discovery';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import {
  type ChannelControlHelper,
  type ConnectivityState,
  ownGrpc as grpc,
  type Picker,
  type PickResult,
  type SubchannelInterface,
} from '../grpc.js';
import { type CarryingEndpoint, carryEndpoints } from '../handover/attributes.js';
import { readSettings } from '../options.js';
import { createRuntime } from '../registration/create-runtime.js';
import type { Runtime } from '../registration/runtime.js';
import { Balancer } from './balancer.js';
import { FairleadConfig } from './config.js';

const { CONNECTING, IDLE, READY, TRANSIENT_FAILURE } = grpc.connectivityState;
const { PickResultType } = grpc.experimental;

type StateListener = Parameters<SubchannelInterface['addConnectivityStateListener']>[0];

/** A subchannel whose state a test sets. */
class FakeSubchannel implements SubchannelInterface {
  readonly address: string;
  state: ConnectivityState;
  refs = 0;
  retries = 0;
  private readonly listeners = new Set<StateListener>();

  constructor(address: string, state: ConnectivityState) {
    this.address = address;
    this.state = state;
  }

  become(state: ConnectivityState, message?: string): void {
    const before = this.state;
    this.state = state;
    for (const listener of [...this.listeners]) listener(this, before, state, 0, message);
  }

  getConnectivityState(): ConnectivityState {
    return this.state;
  }
  addConnectivityStateListener(listener: StateListener): void {
    this.listeners.add(listener);
  }
  removeConnectivityStateListener(listener: StateListener): void {
    this.listeners.delete(listener);
  }
  startConnecting(): void {}
  getAddress(): string {
    return this.address;
  }
  throttleKeepalive(): void {}
  ref(): void {
    this.refs += 1;
  }
  unref(): void {
    this.refs -= 1;
  }
  getChannelzRef(): ReturnType<SubchannelInterface['getChannelzRef']> {
    // The kind is an enum of a private module.
    return JSON.parse('{"kind":"subchannel","id":0,"name":""}');
  }
  isHealthy(): boolean {
    return true;
  }
  addHealthStateWatcher(): void {}
  removeHealthStateWatcher(): void {}
  addDataWatcher(): void {}
  getRealSubchannel(): ReturnType<SubchannelInterface['getRealSubchannel']> {
    // The class has private fields: nothing else is one. Only this method is asked for.
    const real: unknown = {
      resetBackoff: () => {
        this.retries += 1;
      },
    };
    return real as ReturnType<SubchannelInterface['getRealSubchannel']>;
  }
  realSubchannelEquals(other: SubchannelInterface): boolean {
    return other === this;
  }
  getCallCredentials(): never {
    throw new Error('no call is started in this test');
  }
  getChannel(): never {
    throw new Error('no call is started in this test');
  }
}

/** A channel that records what its balancer says. */
class FakeChannel implements ChannelControlHelper {
  readonly subchannels = new Map<string, FakeSubchannel>();
  readonly published: ConnectivityState[] = [];
  opened: string[] = [];
  resolutions = 0;
  picker: Picker | null = null;
  /** State in which subchannels begin. */
  first: ConnectivityState = READY;

  createSubchannel(address: { host: string; port: number } | { path: string }): FakeSubchannel {
    const text = 'port' in address ? `${address.host}:${address.port}` : address.path;
    const subchannel = new FakeSubchannel(text, this.first);
    this.subchannels.set(text, subchannel);
    this.opened.push(text);
    return subchannel;
  }
  updateState(state: ConnectivityState, picker: Picker): void {
    this.published.push(state);
    this.picker = picker;
  }
  requestReresolution(): void {
    this.resolutions += 1;
  }
  addChannelzChild(): void {}
  removeChannelzChild(): void {}

  pick(): PickResult {
    if (this.picker === null) throw new Error('nothing was published');
    return this.picker.pick({ metadata: new grpc.Metadata(), extraPickInfo: {} });
  }

  /** The address that a pick chose, or the name of another result. */
  picked(): string {
    const { pickResultType, subchannel } = this.pick();
    return subchannel?.getAddress() ?? PickResultType[pickResultType];
  }
}

function endpoint(host: string, conditions: Partial<Endpoint> = {}): Endpoint {
  return {
    key: `${host}:80`,
    addresses: [{ host, port: 80 }],
    ready: true,
    serving: true,
    terminating: false,
    slice: 's',
    ...conditions,
  };
}

const CONFIG = FairleadConfig.createFromJson({});
/** A pipeline that a test holds back, and what it was made with. */
interface Held {
  holding: boolean;
  nextWakeMs: number | null;
  readonly hosts: PipelineHost[];
  readonly pipelines: Pipeline[];
}

let held: Held;
let timers: number;
let runtime: Runtime;
let channel: FakeChannel;
let balancer: Balancer;
let carried: CarryingEndpoint[];

beforeEach(() => {
  const openCluster = (): never => {
    throw new Error('not part of this test');
  };
  held = { holding: false, nextWakeMs: null, hosts: [], pipelines: [] };
  timers = 0;
  const clock = {
    now: systemClock.now,
    setTimeout: () => {
      timers += 1;
      return { cancel: () => void timers--, unref: () => {} };
    },
  };
  const settings = readSettings({ logger: silentLogger, picksByEndpoint: true, clock });
  runtime = createRuntime(settings, silentLogger, { openCluster, createPipeline: holdable });
  begin();
});

function holdable(...[config, host]: Parameters<typeof createPipeline>): Pipeline {
  const pipeline = createPipeline(config, host);
  held.hosts.push(host);
  held.pipelines.push(pipeline);
  return new Proxy(pipeline, {
    get: (target, name) => {
      if (name === 'pick' && held.holding) return () => null;
      if (name === 'nextWakeMs') return held.nextWakeMs;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function begin(): void {
  channel = new FakeChannel();
  balancer = new Balancer(grpc, runtime, channel);
  carried = [];
}

function update(endpoints: readonly Endpoint[], note = ''): void {
  carried = carryEndpoints(endpoints, carried);
  expect(balancer.updateAddressList(grpc.experimental.statusOrFromValue(carried), CONFIG, {}, note)).toBe(
    true,
  );
}

const hosts = (...names: string[]) => names.map((name) => endpoint(name));
const total = () =>
  (['idle', 'connecting', 'ready', 'failed'] as const).reduce((sum, s) => sum + balancer.count(s), 0);

it('keeps exactly the connections of the usable endpoints, whatever order lists come in', () => {
  const conditions = fc.constantFrom<Partial<Endpoint>>(
    {},
    {},
    {},
    { ready: false },
    { ready: false, terminating: true },
    { ready: false, serving: false, terminating: true },
  );
  const names = Array.from({ length: 10 }, (_, i) => `10.0.0.${i + 10}`);
  const change = fc.record({ present: fc.subarray(names), changed: fc.array(conditions, { maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      begin();
      const known = new Map<string, Endpoint>();
      let connected = new Set<string>();
      for (const { present, changed } of changes) {
        for (const name of names) if (!present.includes(name)) known.delete(name);
        present.forEach((name, i) => {
          const condition = changed[i];
          if (condition !== undefined || !known.has(name)) known.set(name, endpoint(name, condition));
        });
        channel.opened = [];
        const list = names.flatMap((name) => known.get(name) ?? []);
        update(list);
        const usable = new Set(usableEndpoints({ endpoints: list }).map(({ key }) => key));
        expect(
          names.map((name) => `${name}:80`).filter((key) => balancer.connection(key) !== undefined),
        ).toEqual([...usable].sort());
        expect(total()).toBe(usable.size);
        expect(channel.opened.sort()).toEqual([...usable].filter((key) => !connected.has(key)).sort());
        connected = usable;
        for (let i = 0; i < 5; i++) {
          const picked = channel.picked();
          expect(usable.size === 0 ? picked === 'TRANSIENT_FAILURE' : usable.has(picked)).toBe(true);
        }
      }
      balancer.destroy();
      expect(runtime.peers.size).toBe(0);
      expect(total()).toBe(0);
    }),
  );
});

it('picks what becomes ready in the same tick, and never what was lost or removed', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1', '10.0.0.2'));
  expect(channel.picked()).toBe('QUEUE');
  channel.subchannels.get('10.0.0.1:80')?.become(READY);
  expect(channel.picked()).toBe('10.0.0.1:80');
  channel.subchannels.get('10.0.0.2:80')?.become(READY);
  const seen = () => new Set(Array.from({ length: 50 }, () => channel.picked()));
  expect(seen()).toEqual(new Set(['10.0.0.1:80', '10.0.0.2:80']));
  channel.subchannels.get('10.0.0.1:80')?.become(IDLE);
  expect(seen()).toEqual(new Set(['10.0.0.2:80']));
  update([]);
  expect(channel.picked()).toBe('TRANSIENT_FAILURE');
});

it('publishes a state once, not for each of a thousand connections', () => {
  channel.first = CONNECTING;
  update(
    Array.from({ length: 1000 }, (_, i) => endpoint(`10.1.${i >> 8}.${i & 255}`)).sort((a, b) =>
      a.key < b.key ? -1 : 1,
    ),
  );
  for (const subchannel of channel.subchannels.values()) subchannel.become(READY);
  expect(channel.published).toEqual([CONNECTING, READY]);
  expect(balancer.count('ready')).toBe(1000);
});

it('fails when all connections have failed, with the last error, and waits again for a new endpoint', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1'));
  channel.subchannels.get('10.0.0.1:80')?.become(TRANSIENT_FAILURE, 'connect ECONNREFUSED');
  expect(channel.pick().status?.details).toBe(
    'fairlead: no connection to any of 1 endpoints; last error: connect ECONNREFUSED',
  );
  update(hosts('10.0.0.1', '10.0.0.2'));
  expect(channel.picked()).toBe('QUEUE');
  expect(channel.published).toEqual([CONNECTING, TRANSIENT_FAILURE, CONNECTING]);
});

it('connects again at once when a connection is lost', () => {
  update(hosts('10.0.0.1'));
  channel.opened = [];
  channel.first = CONNECTING;
  channel.subchannels.get('10.0.0.1:80')?.become(IDLE);
  expect(channel.opened).toEqual(['10.0.0.1:80']);
  expect([balancer.count('idle'), balancer.count('connecting')]).toEqual([0, 1]);
  expect(channel.published).toEqual([READY, CONNECTING]);
});

it('does not forget the last error when a pooled connection that had failed before is used again', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1'));
  channel.subchannels.get('10.0.0.1:80')?.become(TRANSIENT_FAILURE, 'connect ECONNREFUSED');
  channel.first = TRANSIENT_FAILURE;
  update(hosts('10.0.0.2'));
  expect(channel.pick().status?.details).toMatch(/last error: connect ECONNREFUSED$/);
  begin();
  channel.first = TRANSIENT_FAILURE;
  update(hosts('10.0.0.2'));
  expect(channel.pick().status?.details).toMatch(/last error: unknown \(failed before/);
});

it('allocates nothing per pick while a connection stays as it is', () => {
  update(hosts('10.0.0.1'));
  const first = channel.pick();
  expect(channel.pick()).toBe(first);
  channel.subchannels.get('10.0.0.1:80')?.become(IDLE);
  const second = channel.pick();
  expect(second).not.toBe(first);
  expect(second.subchannel).toBe(channel.subchannels.get('10.0.0.1:80'));
  expect(channel.pick()).toBe(second);
  update([endpoint('10.0.0.1', { ready: false })]);
  expect(channel.picked()).toBe('TRANSIENT_FAILURE');
  update(hosts('10.0.0.1'));
  expect(channel.pick()).not.toBe(second);
});

it('counts a pick where its endpoint is now, and reports no endpoint that is gone', () => {
  const counted = (): [string | undefined, string | undefined, number][] => {
    const points: [string | undefined, string | undefined, number][] = [];
    const observe = (value: number, { zone, endpoint: key }: Record<string, string> = {}): void =>
      void points.push([key, zone, value]);
    runtime.metrics.picks.report({ observe });
    return points;
  };
  update([endpoint('10.0.0.1', { zone: 'a' })]);
  channel.pick().onCallStarted?.();
  expect(counted()).toEqual([['10.0.0.1:80', 'a', 1]]);
  update([endpoint('10.0.0.1', { zone: 'b' })]);
  channel.pick().onCallStarted?.();
  expect(counted()).toEqual([['10.0.0.1:80', 'b', 1]]);
  update([]);
  expect(counted()).toEqual([]);
});

it('asks for resolution when a connection is lost: DNS looks again only then', () => {
  update(hosts('10.0.0.1', '10.0.0.2'));
  expect(channel.resolutions).toBe(0);
  channel.subchannels.get('10.0.0.1:80')?.become(IDLE);
  expect(channel.resolutions).toBe(1);
});

it('publishes again for a call that waits although the channel is ready', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1', '10.0.0.2'));
  channel.subchannels.get('10.0.0.1:80')?.become(READY);
  held.holding = true;
  expect(channel.picked()).toBe('QUEUE');
  held.holding = false;
  channel.subchannels.get('10.0.0.2:80')?.become(READY);
  expect(channel.published).toEqual([CONNECTING, READY, READY]);
});

it('hands a new config the pipeline before it, with its calls in flight', () => {
  update(hosts('10.0.0.1'));
  channel.pick().onCallStarted?.();
  const list = grpc.experimental.statusOrFromValue(carried);
  balancer.updateAddressList(list, FairleadConfig.createFromJson({ pick: { roundRobin: {} } }), {}, '');
  expect(held.hosts).toHaveLength(2);
  expect(held.hosts[0]?.previous).toBeUndefined();
  expect(held.hosts[1]?.previous).toBeDefined();
  balancer.updateAddressList(list, FairleadConfig.createFromJson({ pick: { roundRobin: {} } }), {}, '');
  expect(held.hosts).toHaveLength(2);
});

it('sets one timer while the pipeline wants to be woken, and none once destroyed', () => {
  held.nextWakeMs = systemClock.now() + 60_000;
  update(hosts('10.0.0.1'));
  update(hosts('10.0.0.2'));
  expect(timers).toBe(1);
  balancer.destroy();
  expect(timers).toBe(0);
});

it('holds a gone endpoint that backs off until it does so no more: it would connect and stay connected', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1', '10.0.0.2', '10.0.0.3'));
  const [failed, connecting, later] = ['1', '2', '3'].map((n) => channel.subchannels.get(`10.0.0.${n}:80`));
  failed?.become(TRANSIENT_FAILURE, 'refused');
  later?.become(TRANSIENT_FAILURE, 'refused');
  update(hosts('10.0.0.3'));
  expect([failed?.refs, connecting?.refs]).toEqual([1, 0]);
  failed?.become(TRANSIENT_FAILURE, 'refused');
  expect(failed?.refs).toBe(1);
  failed?.become(CONNECTING);
  failed?.become(TRANSIENT_FAILURE, 'refused');
  failed?.become(CONNECTING);
  expect(failed?.refs).toBe(0);
  balancer.destroy();
  expect(later?.refs).toBe(1);
  later?.become(IDLE);
  expect(later?.refs).toBe(0);
});

it('ends the backoff of an endpoint that is ready again, is another pod or comes back, but not of a first list', () => {
  channel.first = TRANSIENT_FAILURE;
  const retries = () => ['1', '2'].map((n) => channel.subchannels.get(`10.0.0.${n}:80`)?.retries);
  const leaving = { uid: 'a', ready: false, terminating: true };
  update([endpoint('10.0.0.1', leaving), endpoint('10.0.0.2', leaving)]);
  expect(retries()).toEqual([0, 0]);
  update([endpoint('10.0.0.1', { uid: 'a' })]);
  expect(retries()).toEqual([1, 0]);
  update([endpoint('10.0.0.1', { uid: 'a', zone: 'z' })]);
  expect(retries()).toEqual([1, 0]);
  update([endpoint('10.0.0.1', { uid: 'b' })]);
  expect(retries()).toEqual([2, 0]);
  update(hosts('10.0.0.1', '10.0.0.2'));
  expect(channel.opened).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.2:80']);
  expect(retries()[1]).toBe(1);
});

it('takes the note for the reason when nothing may be picked', () => {
  update([endpoint('10.0.0.1', { ready: false })], 'TARGET: no ready endpoint');
  expect(channel.pick().status).toMatchObject({ code: 14, details: 'TARGET: no ready endpoint' });
});

it('hears nothing of connections that it closed, and says nothing once destroyed', () => {
  channel.first = CONNECTING;
  update(hosts('10.0.0.1', '10.0.0.2'));
  const gone = channel.subchannels.get('10.0.0.1:80');
  update(hosts('10.0.0.2'));
  gone?.become(READY);
  expect(channel.picked()).toBe('QUEUE');
  balancer.destroy();
  const before = channel.published.length;
  channel.subchannels.get('10.0.0.2:80')?.become(READY);
  balancer.exitIdle();
  expect(channel.published).toHaveLength(before);
});

const OTHER = FairleadConfig.createFromJson({ pick: { roundRobin: {} } });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('another config that comes with a resolver in trouble goes on with the last endpoints', () => {
  update(hosts('10.0.0.1'));
  const { UNAVAILABLE } = grpc.status;
  const trouble = { code: UNAVAILABLE, details: 'no answer' };
  balancer.updateAddressList(grpc.experimental.statusOrFromError(trouble), OTHER, {}, '');
  expect(held.pipelines).toHaveLength(2);
  expect(channel.picked()).toBe('10.0.0.1:80');
});

it('asks when to wake the pipeline also in a turn in which nothing could be picked', async () => {
  // Balancers of other tests end their turn.
  await nextTurn();
  update(hosts('10.0.0.1'));
  const before = timers;
  held.holding = true;
  held.nextWakeMs = runtime.now() + 60_000;
  expect(channel.picked()).toBe('QUEUE');
  await nextTurn();
  expect(timers).toBe(before + 1);
  balancer.destroy();
});

it('sets no timer once it is closed, although it was asked in that turn and is asked again', async () => {
  // Balancers of other tests end their turn.
  await nextTurn();
  update(hosts('10.0.0.1'));
  held.nextWakeMs = runtime.now() + 60_000;
  channel.pick();
  balancer.destroy();
  channel.pick();
  await nextTurn();
  expect(timers).toBe(0);
});
