import {
  createEndpointSet,
  DiscoveryError,
  type Endpoint,
  type EndpointSet,
  type EndpointSetState,
} from '@fairlead/discovery';
import { beforeEach, expect, it } from 'vitest';
import type { Meter, MeterProvider, MetricAttributes, Observation } from './api.js';
import { Metrics } from './metrics.js';

type Point = readonly [string, MetricAttributes | undefined, number];

/** A provider that keeps what is recorded, and collects what is observed. */
class FakeProvider implements MeterProvider {
  readonly recorded: Point[] = [];
  readonly names: string[] = [];
  private readonly callbacks = new Map<string, Set<(result: Observation) => void>>();

  getMeter(name: string): Meter {
    this.names.push(name);
    const record = (instrument: string) => (value: number, attributes?: MetricAttributes) =>
      void this.recorded.push([instrument, attributes, value]);
    const observable = (instrument: string) => {
      const callbacks = new Set<(result: Observation) => void>();
      this.callbacks.set(instrument, callbacks);
      return {
        addCallback: (callback: (result: Observation) => void) => void callbacks.add(callback),
        removeCallback: (callback: (result: Observation) => void) => void callbacks.delete(callback),
      };
    };
    return {
      createCounter: (instrument) => ({ add: record(instrument) }),
      createHistogram: (instrument) => ({ record: record(instrument) }),
      createObservableGauge: observable,
      createObservableCounter: observable,
    };
  }

  collect(instrument: string): Point[] {
    const points: Point[] = [];
    for (const callback of this.callbacks.get(instrument) ?? []) {
      callback({ observe: (value, attributes) => void points.push([instrument, attributes, value]) });
    }
    return points;
  }
}

const TARGET = 'k8s:///svc.ns:8088';
const SILENT = { onSet: () => {}, onState: () => {} };
let nowMs: number;
let metrics: Metrics;
let provider: FakeProvider;

beforeEach(() => {
  nowMs = 1_000_000;
  metrics = new Metrics(() => nowMs);
  provider = new FakeProvider();
  metrics.bind(provider);
});

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

function setOf(endpoints: readonly Endpoint[], more: Partial<EndpointSet> = {}): EndpointSet {
  return createEndpointSet({
    target: TARGET,
    endpoints,
    state: { kind: 'live' },
    reason: 'test',
    changedAtMs: 0,
    ...more,
  });
}

const NO_DIFF = { added: [], removed: [], changed: [] };

it('reports endpoints by condition while somebody watches, and 0 for what is gone', () => {
  const observer = metrics.observe(TARGET, SILENT);
  const other = metrics.observe(TARGET, SILENT);
  const set = setOf([
    endpoint('a'),
    endpoint('b', { ready: false }),
    endpoint('c', { ready: false, terminating: true }),
    endpoint('d', { ready: false, serving: false, terminating: true }),
  ]);
  observer.onSet(set, NO_DIFF);
  other.onSet(set, NO_DIFF);
  const of = (condition: string) => ({ target: TARGET, condition });
  expect(provider.collect('fairlead.endpoints')).toEqual([
    ['fairlead.endpoints', of('ready'), 1],
    ['fairlead.endpoints', of('not_ready'), 1],
    ['fairlead.endpoints', of('serving_terminating'), 1],
    ['fairlead.endpoints', of('terminating'), 1],
  ]);
  observer.onSet(setOf([]), NO_DIFF);
  expect(provider.collect('fairlead.endpoints').map(([, , value]) => value)).toEqual([0, 0, 0, 0]);
  metrics.unobserve(TARGET);
  expect(provider.collect('fairlead.endpoints')).toHaveLength(4);
  metrics.unobserve(TARGET);
  metrics.unobserve(TARGET);
  expect(provider.collect('fairlead.endpoints')).toEqual([]);
});

it('records the age of a change once, however many channels hear of it', () => {
  const observers = [metrics.observe(TARGET, SILENT), metrics.observe(TARGET, SILENT)];
  const set = setOf([endpoint('a')], { ageMs: 250 });
  for (const observer of observers) observer.onSet(set, NO_DIFF);
  observers[0]?.onSet(setOf([endpoint('b')]), NO_DIFF);
  expect(provider.recorded).toEqual([['fairlead.endpoints.change_age', { target: TARGET }, 0.25]]);
});

it('reports where endpoints come from, and where they came from before', () => {
  const observer = metrics.observe(TARGET, SILENT);
  const sources = () =>
    provider.collect('fairlead.endpoint_set.source').map(([, at, value]) => [at?.source, value]);
  expect(sources()).toEqual([]);
  observer.onSet(setOf([endpoint('a')], { source: 'dns' }), NO_DIFF);
  expect(sources()).toEqual([['dns', 1]]);
  observer.onSet(setOf([endpoint('a')], { source: 'kubernetes' }), NO_DIFF);
  expect(sources()).toEqual([
    ['dns', 0],
    ['kubernetes', 1],
  ]);
  metrics.unobserve(TARGET);
  expect(sources().map(([, value]) => value)).toEqual([0, 0]);
});

it('reports for how long endpoints are stale', () => {
  const told: EndpointSetState[] = [];
  const observer = metrics.observe(TARGET, { onSet: () => {}, onState: (state) => void told.push(state) });
  const stale = () => provider.collect('fairlead.endpoint_set.stale').map(([, , value]) => value);
  expect(stale()).toEqual([0]);
  observer.onSet(setOf([endpoint('a')]), NO_DIFF);
  expect(stale()).toEqual([0]);
  const cause = new DiscoveryError('UNREACHABLE', 'away');
  const state: EndpointSetState = { kind: 'stale', sinceMs: nowMs, cause };
  observer.onState?.(state);
  nowMs += 1500;
  expect(stale()).toEqual([1.5]);
  expect(told).toEqual([state]);
  metrics.unobserve(TARGET);
  expect(stale()).toEqual([0]);
});

it('adds up connections by state over the channels of a target', () => {
  const counts = { idle: 0, connecting: 1, ready: 2, failed: 0 };
  const balancer = { targetText: TARGET, count: (state: keyof typeof counts) => counts[state] };
  const other = { ...balancer };
  const foreign = { targetText: '', count: () => 1 };
  for (const each of [balancer, other, foreign]) metrics.opened(each);
  const points = provider.collect('fairlead.lb.connections');
  expect(points).toContainEqual(['fairlead.lb.connections', { target: TARGET, state: 'ready' }, 4]);
  expect(points).toContainEqual(['fairlead.lb.connections', { state: 'failed' }, 1]);
  for (const each of [balancer, other, foreign]) metrics.closed(each);
  expect(provider.collect('fairlead.lb.connections').map(([, , value]) => value)).toEqual(Array(8).fill(0));
});

it('counts picks by target and zone and never goes back', () => {
  const cell = metrics.picks.acquire(TARGET, { key: 'a', zone: 'zone-a' });
  cell.picks += 2;
  metrics.picks.release(cell);
  metrics.picks.acquire(TARGET, { key: 'b', zone: 'zone-a' }).picks += 1;
  metrics.picks.acquire(TARGET, { key: 'c' }).picks += 1;
  metrics.picks.acquire('', { key: 'd' }).picks += 1;
  expect(provider.collect('fairlead.lb.picks')).toEqual([
    ['fairlead.lb.picks', { target: TARGET, zone: 'zone-a' }, 3],
    ['fairlead.lb.picks', { target: TARGET }, 1],
    ['fairlead.lb.picks', {}, 1],
  ]);
});

it('counts restarts and rejected configs', () => {
  metrics.watchRestarted('expired');
  metrics.configRejected(TARGET);
  expect(provider.recorded).toEqual([
    ['fairlead.watch.restarts', { reason: 'expired' }, 1],
    ['fairlead.lb.config_rejected', { target: TARGET }, 1],
  ]);
});

it('moves to a provider that comes later, and makes no instruments twice', () => {
  metrics.picks.acquire(TARGET, { key: 'a' }).picks += 1;
  metrics.bind(provider);
  expect(provider.names).toEqual(['@fairlead/client']);
  const later = new FakeProvider();
  metrics.bind(later);
  expect(provider.collect('fairlead.lb.picks')).toEqual([]);
  expect(later.collect('fairlead.lb.picks')).toHaveLength(1);
});

it('works without any provider', () => {
  const off = new Metrics(() => 0);
  off.observe(TARGET, SILENT).onSet(setOf([], { ageMs: 1 }), NO_DIFF);
  off.watchRestarted('ended');
  off.configRejected(TARGET);
  off.picks.acquire(TARGET, { key: 'a' }).picks += 1;
  expect(off.picks.acquire(TARGET, { key: 'b' }).picks).toBe(1);
});
