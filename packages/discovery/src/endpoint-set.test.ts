import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.js';
import {
  createEndpointSet,
  describeDiff,
  diffSets,
  endpointsVersion,
  hasUsableEndpoint,
  usableEndpoints,
} from './endpoint-set.js';

function endpoint(host: string, more: Partial<Endpoint> = {}): Endpoint {
  const key = `${host}:80`;
  const conditions = { ready: true, serving: true, terminating: false };
  return { key, addresses: [{ host, port: 80 }], slice: 's', ...conditions, ...more };
}

const byKey = (a: Endpoint, b: Endpoint): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const someEndpoint = fc
  .record({
    n: fc.integer({ min: 0, max: 12 }),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
  })
  .map(({ n, ...conditions }) => endpoint(`10.0.0.${n}`, conditions));
const someEndpoints = fc
  .uniqueArray(someEndpoint, { selector: ({ key }) => key })
  .map((endpoints) => endpoints.sort(byKey));

describe('usableEndpoints', () => {
  const ready = endpoint('a');
  const unready = endpoint('b', { ready: false, serving: false });
  const draining = endpoint('c', { ready: false, terminating: true });
  const gone = endpoint('d', { ready: false, serving: false, terminating: true });
  /** `publishNotReadyAddresses`: the controller always writes ready=true. */
  const published = endpoint('e', { serving: false });
  const publishedDraining = endpoint('f', { terminating: true });
  const publishedGone = endpoint('g', { serving: false, terminating: true });

  it.each<[string, Endpoint[], Endpoint[]]>([
    ['the ready ones when there is one', [ready, unready, draining, gone], [ready]],
    ['the ones that still serve when none is ready', [unready, draining, gone], [draining]],
    ['none when nothing serves', [unready, gone], []],
    ['none of an empty set', [], []],
    ['the unready ones that the Service publishes', [ready, published], [ready, published]],
    [
      'no terminating one, though a publishing Service calls it ready',
      [published, publishedDraining],
      [published],
    ],
    [
      'the terminating ones of a publishing Service that serve, when nothing else is left',
      [publishedDraining, publishedGone],
      [publishedDraining],
    ],
  ])('are %s', (_, endpoints, expected) => {
    expect(usableEndpoints({ endpoints })).toEqual(expected);
  });

  it('exist exactly when hasUsableEndpoint says so', () => {
    fc.assert(
      fc.property(someEndpoints, (endpoints) => {
        expect(hasUsableEndpoint(endpoints)).toBe(usableEndpoints({ endpoints }).length > 0);
      }),
    );
  });
});

describe('diffSets', () => {
  it('leads from the old set to the new one', () => {
    fc.assert(
      fc.property(someEndpoints, someEndpoints, (before, now) => {
        const kept = now.map((each, index) =>
          index % 2 === 0 ? (before.find((b) => b.key === each.key) ?? each) : each,
        );
        const diff = diffSets({ endpoints: before }, { endpoints: kept });
        const map = new Map(before.map((each) => [each.key, each]));
        for (const { key } of diff.removed) expect(map.delete(key)).toBe(true);
        for (const each of diff.added) {
          expect(map.has(each.key)).toBe(false);
          map.set(each.key, each);
        }
        for (const each of diff.changed) {
          expect(map.get(each.key)).not.toBe(each);
          map.set(each.key, each);
        }
        const reached = [...map.values()].sort(byKey);
        expect(reached.every((each, index) => each === kept[index])).toBe(true);
        expect(reached.length).toBe(kept.length);
      }),
    );
  });

  it('calls everything added when there was nothing', () => {
    const endpoints = [endpoint('a')];
    expect(diffSets(null, { endpoints })).toEqual({ added: endpoints, removed: [], changed: [] });
  });

  it('is told in words', () => {
    const one = [endpoint('a')];
    expect(describeDiff({ added: one, removed: [], changed: one })).toBe('1 added, 1 changed');
    expect(describeDiff({ added: [], removed: [], changed: [] })).toBe('nothing');
  });
});

describe('the version of a set', () => {
  const base = { target: 'k8s:///a', state: { kind: 'live' }, reason: 'first list', changedAtMs: 1 } as const;

  it('is that of the endpoints alone', () => {
    const one = createEndpointSet({ ...base, endpoints: [endpoint('a')] });
    const other = createEndpointSet({
      ...base,
      target: 'k8s:///b',
      reason: '1 added',
      changedAtMs: 2,
      ageMs: 3,
      endpoints: [endpoint('a', { slice: 'another' })],
    });
    expect(one.version).toMatch(/^[0-9a-f]{64}$/);
    expect(other.version).toBe(one.version);
    expect(JSON.parse(JSON.stringify(one)).version).toBe(one.version);
  });

  it('is a fixed value, the same in every release and process', () => {
    const endpoints = [endpoint('10.0.0.1', { uid: 'u', pod: 'p', zone: 'z', forZones: ['z'] })];
    expect(endpointsVersion([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(endpointsVersion(endpoints)).toMatchInlineSnapshot(
      `"606952b30127ce1b6e3c3490ddb69ff4c99aa72150cb60cdddeaf45b8c0be381"`,
    );
  });

  it.each<Partial<Endpoint>>([
    { ready: false },
    { serving: false },
    { terminating: true },
    { uid: 'u' },
    { pod: 'u' },
    { hostname: 'u' },
    { node: 'u' },
    { zone: 'u' },
    { forZones: ['u'] },
    { forNodes: ['u'] },
    { weight: 2 },
    { addresses: [{ host: 'a', port: 81 }] },
  ])('differs with %j', (more) => {
    expect(endpointsVersion([endpoint('a', more)])).not.toBe(endpointsVersion([endpoint('a')]));
  });
});
