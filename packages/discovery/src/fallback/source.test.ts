import { expect, it } from 'vitest';
import { macrotask, VirtualClock } from '../../test/doubles/virtual-clock.js';
import type { DnsTarget } from '../dns/target.js';
import type { Endpoint } from '../endpoint.js';
import type { EndpointDiff, EndpointSet, EndpointSetState, SourceKind } from '../endpoint-set.js';
import { DiscoveryError, type DiscoveryErrorCode } from '../errors.js';
import { silentLogger } from '../logger.js';
import { SetPublisher, type Truth } from '../set-publisher.js';
import type { EndpointSource } from '../source.js';
import { parseTarget } from '../target.js';
import { createFallbackSource } from './source.js';

const target = parseTarget('k8s:///svc.ns:8088');

function endpoint(host: string, more: Partial<Endpoint> = {}): Endpoint {
  const key = `${host}:8088`;
  const addresses = [{ host, port: 8088 }];
  return { key, addresses, ready: true, serving: true, terminating: false, slice: 's', ...more };
}

/** A source that says what a test tells it to. */
class Told<T extends { text: string }> implements EndpointSource<T> {
  readonly targets: T[] = [];
  open = 0;
  readonly #publisher: SetPublisher;

  constructor(source: SourceKind, clock: VirtualClock) {
    this.#publisher = new SetPublisher({ target: target.text, source, clock, logger: silentLogger });
  }

  watch(asked: T, observer: Parameters<EndpointSource['watch']>[1]) {
    this.targets.push(asked);
    this.open += 1;
    const leave = this.#publisher.join(observer);
    return {
      close: () => {
        this.open -= 1;
        leave();
      },
    };
  }

  close(): void {}

  say(hosts: readonly string[] | Endpoint[], more: Partial<Truth> = {}): void {
    const endpoints = hosts.map((each) => (typeof each === 'string' ? endpoint(each) : each));
    this.#publisher.publish({ endpoints, state: { kind: 'live' }, ...more });
  }

  fail(code: DiscoveryErrorCode, message: string): void {
    const kind = this.#publisher.endpoints === undefined ? 'unknown' : 'stale';
    this.#publisher.changeState({ kind, sinceMs: 1, cause: new DiscoveryError(code, message) });
  }
}

function watched(
  primary?: DiscoveryError,
  reopen?: (api: EndpointSource) => EndpointSource | DiscoveryError,
) {
  const clock = new VirtualClock();
  const api = new Told('kubernetes', clock);
  const dns = new Told<DnsTarget>('dns', clock);
  const logs: string[] = [];
  const source = createFallbackSource({
    primary: primary ?? api,
    reopen: reopen && (() => reopen(api)),
    dns,
    clusterDomain: 'cluster.local',
    clock,
    logger: { ...silentLogger, warn: (msg) => logs.push(msg), info: (msg) => logs.push(msg) },
  });
  const sets: EndpointSet[] = [];
  const diffs: EndpointDiff[] = [];
  const states: EndpointSetState[] = [];
  const watch = source.watch(target, {
    onSet: (set, diff) => {
      sets.push(set);
      diffs.push(diff);
    },
    onState: (state) => states.push(state),
  });
  return { clock, api, dns, logs, source, sets, diffs, states, watch };
}

const hosts = (sets: readonly EndpointSet[]) =>
  sets.map(
    ({ source, endpoints }) => `${source}: ${endpoints.map(({ addresses }) => addresses[0]!.host).join(' ')}`,
  );

it('does not ask DNS while the API server answers, not even when that is lost later', async () => {
  const { clock, api, dns, sets, states } = watched();
  api.say(['a']);
  await clock.advance(10_000);
  api.fail('UNREACHABLE', 'gone');
  await macrotask();
  expect(dns.targets).toEqual([]);
  expect(hosts(sets)).toEqual(['kubernetes: a']);
  expect(states).toMatchObject([{ kind: 'stale' }]);
});

it('asks DNS at once when RBAC denies, and says so once', async () => {
  const { api, dns, sets, states, logs, source } = watched();
  source.watch(target, { onSet: () => {} });
  await macrotask();
  api.fail('FORBIDDEN', 'may not');
  dns.say(['a', 'b']);
  await macrotask();
  expect(dns.targets[0]).toEqual({ text: target.text, name: 'svc.ns.svc.cluster.local.', port: 8088 });
  expect(hosts(sets)).toEqual(['dns: a b']);
  expect(states).toEqual([]);
  expect(logs).toEqual(['endpoints come from DNS, not from the API server']);
});

it('asks DNS when the API server is silent for two seconds', async () => {
  const { clock, dns, sets } = watched();
  dns.say(['a']);
  await clock.advance(1_999);
  expect(dns.targets).toEqual([]);
  await clock.advance(2);
  expect(hosts(sets)).toEqual(['dns: a']);
});

it('changes over to the API server without a moment without endpoints, and leaves DNS', async () => {
  const { api, dns, sets, diffs, logs } = watched();
  api.fail('UNREACHABLE', 'refused');
  dns.say(['a', 'b']);
  await macrotask();
  await macrotask();
  api.say([endpoint('a', { pod: 'pod-a' }), endpoint('b'), endpoint('c')]);
  await macrotask();
  expect(hosts(sets)).toEqual(['dns: a b', 'kubernetes: a b c']);
  expect(diffs[1]).toMatchObject({ added: [{ key: 'c:8088' }], removed: [] });
  expect(dns.open).toBe(0);
  expect(logs.at(-1)).toBe('endpoints come from the API server now');
});

it('tells both troubles when neither knows anything', async () => {
  const { api, dns, sets, states } = watched();
  api.fail('FORBIDDEN', 'may not');
  await macrotask();
  expect(states).toEqual([]);
  dns.fail('DNS', 'no answer');
  await macrotask();
  expect(sets).toEqual([]);
  expect(states).toMatchObject([
    { kind: 'unknown', cause: { code: 'FORBIDDEN', message: 'may not; instead of it: no answer' } },
  ]);
});

it('says what it waits for when DNS is slow to stand in, and goes on waiting', async () => {
  const { clock, api, dns, sets, states } = watched();
  api.fail('FORBIDDEN', 'may not');
  await clock.advance(1_000);
  expect(states).toEqual([]);
  await clock.advance(1_500);
  expect(states).toMatchObject([
    { kind: 'unknown', cause: { code: 'UNREACHABLE', message: 'may not; DNS has not answered yet' } },
  ]);
  dns.say(['a']);
  expect(hosts(sets)).toEqual(['dns: a']);
  expect(states.at(-1)).toEqual({ kind: 'live' });
});

it('says why DNS was asked when that has nothing', async () => {
  const { api, dns, sets } = watched();
  api.fail('FORBIDDEN', 'may not');
  dns.say([], { absence: { code: 'NO_NAME', message: 'no such name' } });
  await macrotask();
  await macrotask();
  expect(sets).toHaveLength(1);
  expect(sets[0]!.absence?.message).toBe('no such name; DNS was asked because may not');
});

it('lets DNS answer for a Service without slices, as an ExternalName is', async () => {
  const { api, dns, sets } = watched();
  api.say([], { absence: { code: 'NO_SLICE', message: 'no EndpointSlice' } });
  await macrotask();
  expect(hosts(sets)).toEqual(['kubernetes: ']);
  dns.say(['x']);
  await macrotask();
  await macrotask();
  expect(hosts(sets)).toEqual(['kubernetes: ', 'dns: x']);
  api.say(['a']);
  await macrotask();
  expect(hosts(sets).at(-1)).toBe('kubernetes: a');
});

it('asks DNS alone where there are no credentials', async () => {
  const { dns, sets, watch, clock } = watched(new DiscoveryError('ACCESS_INVALID', 'no kubeconfig'));
  dns.say(['a']);
  await macrotask();
  expect(hosts(sets)).toEqual(['dns: a']);
  watch.close();
  expect(dns.open).toBe(0);
  expect(clock.pending).toBe(0);
});

it('finds credentials that come later, and passes on to the API server', async () => {
  const none = new DiscoveryError('ACCESS_INVALID', 'no kubeconfig');
  let looked = 0;
  const { api, dns, sets, watch, clock, source } = watched(none, (found) => (++looked < 3 ? none : found));
  dns.say(['a']);
  await clock.advance(89_999);
  expect([looked, api.open]).toEqual([2, 0]);
  await clock.advance(1);
  expect([looked, api.open]).toEqual([3, 1]);
  expect(hosts(sets)).toEqual(['dns: a']);
  api.say(['a', 'b']);
  await macrotask();
  expect(hosts(sets)).toEqual(['dns: a', 'kubernetes: a b']);
  // Watches that begin now ask it at once.
  source.watch(target, { onSet: () => {} });
  expect(api.open).toBe(2);
  await clock.advance(100_000);
  expect(looked).toBe(3);
  watch.close();
  source.close();
  expect(clock.pending).toBe(0);
});

it('does not look for credentials while nobody watches', async () => {
  const none = new DiscoveryError('ACCESS_INVALID', 'no kubeconfig');
  let looked = 0;
  const { watch, clock } = watched(none, () => {
    looked += 1;
    return none;
  });
  await clock.advance(30_000);
  watch.close();
  await clock.advance(300_000);
  expect(looked).toBe(1);
  expect(clock.pending).toBe(0);
});

it('is silent after it is closed', async () => {
  const { api, dns, sets, watch } = watched();
  api.fail('FORBIDDEN', 'may not');
  await macrotask();
  dns.say(['a']);
  watch.close();
  await macrotask();
  expect(sets).toEqual([]);
  expect([api.open, dns.open]).toEqual([0, 0]);
});
