import { createEndpointSet, DiscoveryError, type Endpoint, type EndpointSetState } from '@fairlead/discovery';
import { expect, it } from 'vitest';
import { changeLine, formatChange } from './change.js';
import { createStyle } from './style.js';

const plain = createStyle({ isTTY: false });
const AT_MS = Date.UTC(2030, 0, 1, 12, 0, 0, 5);
const LIVE: EndpointSetState = { kind: 'live' };
const STALE: EndpointSetState = {
  kind: 'stale',
  sinceMs: 7,
  cause: new DiscoveryError('UNREACHABLE', 'no connection'),
};

const endpoint = (n: number, more: Partial<Endpoint> = {}): Endpoint => ({
  key: `10.0.0.${n}:1`,
  addresses: [{ host: `10.0.0.${n}`, port: 1 }],
  pod: `pod-${n}`,
  ready: true,
  serving: true,
  terminating: false,
  slice: 's',
  ...more,
});

const setOf = (endpoints: Endpoint[], ageMs?: number) =>
  createEndpointSet({
    target: 'k8s:///a.b:1',
    endpoints,
    state: LIVE,
    reason: 'watch',
    changedAtMs: AT_MS,
    ...(ageMs === undefined ? {} : { ageMs }),
  });

const explain = (): string => 'Service a does not exist in namespace b';

it('tells what was added, removed and changed, how many there are now and how old the news is', () => {
  const set = setOf([endpoint(1), endpoint(3, { ready: false })], 12);
  const diff = { added: [endpoint(1)], removed: [endpoint(2)], changed: [endpoint(3, { ready: false })] };
  const news = { atMs: AT_MS, state: LIVE, diff, set };
  expect(formatChange(news, plain, explain)).toBe(
    '12:00:00.005  +10.0.0.1:1 pod-1 ready  -10.0.0.2:1 pod-2 ready  ~10.0.0.3:1 pod-3 not ready  (2 endpoints, 12 ms after the change)',
  );
  expect(changeLine(news)).toEqual({ atMs: AT_MS, ageMs: 12, ...diff, state: { kind: 'live' } });
});

it('tells why there is nothing to call', () => {
  const news = { atMs: AT_MS, state: LIVE, set: setOf([]) };
  expect(formatChange(news, plain, explain)).toBe(
    '12:00:00.005  (0 endpoints)  Service a does not exist in namespace b',
  );
});

it('tells when the source lost the API server and when it found it again', () => {
  expect(formatChange({ atMs: AT_MS, state: STALE }, plain, explain)).toBe(
    '12:00:00.005  stale: no connection',
  );
  expect(formatChange({ atMs: AT_MS, state: LIVE }, plain, explain)).toBe('12:00:00.005  live again');
  expect(changeLine({ atMs: AT_MS, state: STALE })).toEqual({
    atMs: AT_MS,
    ageMs: null,
    added: [],
    removed: [],
    changed: [],
    state: { kind: 'stale', sinceMs: 7, cause: 'no connection' },
  });
});
