import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import type { Endpoint } from '../endpoint.js';
import type { EndpointSet, EndpointSetState } from '../endpoint-set.js';
import { DiscoveryError } from '../errors.js';
import { silentLogger } from '../logger.js';
import type { Look } from './look-up.js';
import { Poll } from './poll.js';
import { parseDnsTarget } from './target.js';

const NAME = 'svc.ns.svc.cluster.local';

function endpoint(host: string): Endpoint {
  const place = { addresses: [{ host, port: 80 }], slice: NAME };
  return { key: `${host}:80`, ready: true, serving: true, terminating: false, ...place };
}

const found = (hosts: string[], ttlSeconds = 10): Look => ({
  kind: 'found',
  endpoints: hosts.map(endpoint),
  ttlSeconds,
  name: NAME,
});
const absent = (ttlSeconds?: number): Look => ({
  kind: 'absent',
  what: 'NXDOMAIN',
  names: [NAME],
  ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
});

function polled(answer: Look | Error, more: { maxStaleMs?: number; random?: number } = {}) {
  const clock = new VirtualClock();
  const told = { answer, looks: [] as number[], warnings: [] as unknown[] };
  const sets: EndpointSet[] = [];
  const states: EndpointSetState[] = [];
  const beganMs = clock.now();
  const poll = new Poll({
    target: parseDnsTarget(`headless:///${NAME}:80`),
    clock,
    random: () => more.random ?? 0,
    logger: { ...silentLogger, warn: (_, fields) => told.warnings.push(fields?.error) },
    minTtlMs: 1_000,
    maxTtlMs: 300_000,
    maxStaleMs: more.maxStaleMs ?? Number.POSITIVE_INFINITY,
    look: async () => {
      told.looks.push(clock.now() - beganMs);
      if (told.answer instanceof Error) throw told.answer;
      return told.answer;
    },
  });
  poll.start();
  poll.join({ onSet: (set) => sets.push(set), onState: (state) => states.push(state) });
  const hosts = (): string[] | undefined => sets.at(-1)?.endpoints.map(({ addresses }) => addresses[0]!.host);
  return { clock, told, poll, sets, states, hosts };
}

it('looks again after the TTL, and after half of it when something changed', async () => {
  const { clock, told, hosts, sets } = polled(found(['a']));
  await clock.advance(5_000);
  told.answer = found(['a', 'b']);
  await clock.advance(9_999);
  expect(told.looks).toEqual([0, 10_000]);
  expect(hosts()).toEqual(['a', 'b']);
  await clock.advance(20_001);
  expect(told.looks).toEqual([0, 10_000, 15_000, 25_000, 35_000]);
  expect(sets.map(({ reason }) => reason)).toEqual(['first answer', '1 added']);
});

it.each([
  [0, 1_000],
  [86_400, 300_000],
])('bounds a TTL of %d s to %d ms', async (ttl, everyMs) => {
  const { clock, told } = polled(found(['a'], ttl));
  await clock.advance(everyMs * 2);
  expect(told.looks.at(-1)! - told.looks.at(-2)!).toBe(everyMs);
});

it('comes earlier than the TTL by chance, never later', async () => {
  const { clock, told } = polled(found(['a']), { random: 0.999 });
  await clock.advance(60_000);
  const pauses = told.looks.slice(1).map((at, i) => at - told.looks[i]!);
  for (const pause of pauses) {
    expect(pause).toBeLessThanOrEqual(10_000);
    expect(pause).toBeGreaterThanOrEqual(9_000);
  }
});

it('looks sooner when a connection broke, but not more often than once a second', async () => {
  const { clock, told, poll } = polled(found(['a'], 100));
  await clock.advance(100);
  for (let i = 0; i < 50; i++) poll.refresh();
  await clock.advance(2_000);
  expect(told.looks).toEqual([0, 1_000]);
  poll.refresh();
  await clock.advance(0);
  expect(told.looks).toEqual([0, 1_000, 2_100]);
});

it('keeps endpoints while servers fail, says since when and why, and heals', async () => {
  const { clock, told, states, hosts, sets } = polled(found(['a']));
  await clock.advance(4_000);
  told.answer = new DiscoveryError('DNS', 'SERVFAIL');
  await clock.advance(60_000);
  expect(hosts()).toEqual(['a']);
  expect(states).toHaveLength(1);
  expect(states[0]).toMatchObject({ kind: 'stale', cause: { code: 'DNS' } });
  expect(told.warnings).toEqual(['SERVFAIL']);
  told.answer = found(['a', 'b']);
  await clock.advance(30_000);
  expect(states.at(-1)).toEqual({ kind: 'live' });
  expect(hosts()).toEqual(['a', 'b']);
  expect(sets).toHaveLength(2);
});

it('asks less and less often while servers fail', async () => {
  const { clock, told, states, sets } = polled(new DiscoveryError('DNS', 'no answer'));
  await clock.advance(10_000);
  expect(told.looks).toHaveLength(5);
  expect(sets).toEqual([]);
  expect(states).toMatchObject([{ kind: 'unknown' }]);
  await clock.advance(600_000);
  expect(told.looks.at(-1)! - told.looks.at(-2)!).toBe(30_000);
});

it('counts endpoints that are stale for too long as none', async () => {
  const { clock, told, hosts, sets } = polled(found(['a']), { maxStaleMs: 7_000 });
  await clock.advance(100);
  told.answer = new DiscoveryError('DNS', 'SERVFAIL');
  await clock.advance(9_900 + 6_999);
  expect(hosts()).toEqual(['a']);
  await clock.advance(1_000);
  expect(hosts()).toEqual([]);
  expect(sets.at(-1)).toMatchObject({ reason: 'stale for too long', state: { kind: 'stale' } });
});

it('keeps endpoints for 30 s when the name is gone, says so, then says that there are none', async () => {
  const { clock, told, states, hosts, sets } = polled(found(['a'], 5));
  await clock.advance(2_000);
  told.answer = absent(5);
  await clock.advance(3_000 + 29_000);
  expect(hosts()).toEqual(['a']);
  expect(states).toMatchObject([{ kind: 'stale', cause: { code: 'DNS_ABSENT' } }]);
  await clock.advance(2_000);
  expect(sets.at(-1)).toMatchObject({ endpoints: [], absence: { code: 'NO_NAME' }, state: { kind: 'live' } });
  told.answer = found(['b']);
  await clock.advance(5_000);
  expect(hosts()).toEqual(['b']);
});

it('says at once that a name is not there which never was, and looks for it at least twice a minute', async () => {
  const { clock, told, sets, states } = polled(absent(3_600));
  await clock.advance(0);
  expect(sets).toMatchObject([{ endpoints: [], absence: { code: 'NO_NAME' } }]);
  expect(states).toEqual([]);
  await clock.advance(60_000);
  expect(told.looks).toEqual([0, 30_000, 60_000]);
});

it('tells nothing when an answer only comes in another order, and keeps the objects', async () => {
  const { clock, told, sets } = polled(found(['a', 'b'], 1));
  await clock.advance(1_500);
  told.answer = found(['b', 'a', 'c'], 1);
  await clock.advance(5_000);
  expect(sets).toHaveLength(2);
  expect(sets[1]!.endpoints[0]).toBe(sets[0]!.endpoints[0]);
});

it('ends with nothing pending', async () => {
  const { clock, poll, told } = polled(found(['a']));
  await clock.advance(100);
  poll.close();
  expect(clock.pending).toBe(0);
  poll.refresh();
  await clock.advance(60_000);
  expect(told.looks).toEqual([0]);
});
