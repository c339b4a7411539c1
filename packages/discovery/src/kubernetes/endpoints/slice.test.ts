import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slice } from '../../../test/doubles/slices.js';
import type { KubeObject } from '../client/client.js';
import { type ParsedSlice, parseSlice } from './slice.js';

function parse(object: KubeObject) {
  const problems: string[] = [];
  const parsed = parseSlice(object, undefined, (_, problem) => problems.push(problem));
  return { parsed, problems };
}

function one(endpoint: unknown, more: Record<string, unknown> = {}) {
  const { parsed, problems } = parse({ ...slice({ name: 's' }), endpoints: [endpoint], ...more });
  return { endpoint: parsed?.endpoints[0], problems };
}

describe('conditions of an endpoint', () => {
  const yes = { ready: true, serving: true, terminating: false };
  it.each([
    ['absent', undefined, yes],
    ['null', null, yes],
    ['empty', {}, yes],
    ['all null', { ready: null, serving: null, terminating: null }, yes],
    ['ready only', { ready: true }, yes],
    ['unready only: serving follows', { ready: false }, { ready: false, serving: false, terminating: false }],
    [
      'unready and serving',
      { ready: false, serving: true },
      { ready: false, serving: true, terminating: false },
    ],
    [
      'draining',
      { ready: false, serving: true, terminating: true },
      { ready: false, serving: true, terminating: true },
    ],
    [
      'published though not serving',
      { ready: true, serving: false },
      { ready: true, serving: false, terminating: false },
    ],
    ['of another type', { ready: 'no', serving: 0, terminating: 'yes' }, yes],
  ])('that are %s', (_, conditions, expected) => {
    expect(one({ addresses: ['10.0.0.1'], conditions }).endpoint).toMatchObject(expected);
  });
});

describe('addresses of an endpoint', () => {
  it('beyond the first are ignored', () => {
    expect(one({ addresses: ['10.0.0.1', '10.0.0.2'] }).endpoint?.host).toBe('10.0.0.1');
  });

  it.each([
    ['fd00::1', 'fd00::1'],
    ['FD00:0:0:0:0:0:0:0001', 'fd00::1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('of family IPv6 have one spelling: %s is %s', (address, host) => {
    expect(one({ addresses: [address] }, { addressType: 'IPv6' }).endpoint?.host).toBe(host);
  });

  it.each([
    ['IPv4', ['fd00::1']],
    ['IPv6', ['10.0.0.1']],
    ['IPv6', ['fe80::1%eth0']],
    ['IPv4', ['pod.example.com']],
    ['IPv4', ['010.0.0.1']],
    ['IPv4', []],
    ['IPv4', null],
    ['IPv4', [7]],
  ])('that are not %s (%j) leave the endpoint out, with a word', (addressType, addresses) => {
    const { endpoint, problems } = one({ addresses }, { addressType });
    expect(endpoint).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(`no ${addressType} address`)]);
  });
});

describe('parseSlice', () => {
  it('reads what an endpoint says of its place', () => {
    const { endpoint } = one({
      addresses: ['10.0.0.1'],
      hostname: 'web-0',
      nodeName: 'node-a',
      zone: 'zone-a',
      targetRef: { kind: 'Pod', name: 'web-0-x', namespace: 'ns', uid: 'u1' },
      hints: { forZones: [{ name: 'zone-b' }, { name: 'zone-a' }, {}], forNodes: [{ name: 'node-a' }] },
      deprecatedTopology: { 'topology.kubernetes.io/zone': 'never' },
    });
    expect(endpoint).toEqual({
      host: '10.0.0.1',
      uid: 'u1',
      pod: 'web-0-x',
      hostname: 'web-0',
      node: 'node-a',
      zone: 'zone-a',
      ready: true,
      serving: true,
      terminating: false,
      forZones: ['zone-a', 'zone-b'],
      forNodes: ['node-a'],
    });
  });

  it('does not call an object that is no Pod a pod', () => {
    const { endpoint } = one({ addresses: ['10.0.0.1'], targetRef: { kind: 'Node', name: 'n', uid: 'u' } });
    expect(endpoint?.pod).toBeUndefined();
    expect(endpoint?.uid).toBe('u');
  });

  it.each([
    ['null', null, []],
    ['empty', [], []],
    ['nameless', [{ port: 80 }], [{ name: '', port: 80 }]],
    ['of any number', [{ name: 'x', port: null }], [{ name: 'x', port: null }]],
    [
      'UDP',
      [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'tcp', port: 53, protocol: 'TCP' },
      ],
      [{ name: 'tcp', port: 53 }],
    ],
    [
      'malformed',
      [{ port: 'x' }, { port: 0 }, { port: 1.5 }, { port: 70_000 }, 'x', null, { name: 'ok', port: 1 }],
      [{ name: 'ok', port: 1 }],
    ],
  ])('reads ports that are %s', (_, ports, expected) => {
    expect(parse({ ...slice({ name: 's' }), ports }).parsed?.ports).toEqual(expected);
  });

  it('takes null for no endpoints', () => {
    expect(parse({ ...slice({ name: 's' }), endpoints: null }).parsed?.endpoints).toEqual([]);
  });

  it('leaves FQDN slices without endpoints, and says nothing', () => {
    const { parsed, problems } = parse({
      ...slice({ name: 's', addressType: 'FQDN' }),
      endpoints: [{ addresses: ['example.com'] }],
    });
    expect(parsed).toMatchObject({ endpoints: [], ports: [] });
    expect(problems).toEqual([]);
  });

  it('has a word for an addressType that it does not know', () => {
    expect(parse({ ...slice({ name: 's' }), addressType: 'IPv9' }).problems).toEqual([
      'addressType "IPv9" is not IPv4, IPv6 or FQDN',
    ]);
  });

  it('reads labels and the trigger time', () => {
    const { parsed } = parse(
      slice({ name: 's', headless: true, triggerTime: '2026-11-23T15:00:28.123456789Z' }),
    );
    expect(parsed).toMatchObject({ id: 'ns/s', service: 'ns/svc', headless: true });
    expect(parsed?.triggerMs).toBe(Date.UTC(2026, 10, 23, 15, 0, 28, 123));
    expect(parse(slice({ name: 's', headless: false, triggerTime: 'yesterday' })).parsed).toMatchObject({
      headless: false,
      triggerMs: undefined,
    });
  });

  it('keeps the objects of endpoints that did not change', () => {
    const before = parse(
      slice({ name: 's', endpoints: [{ host: '10.0.0.1' }, { host: '10.0.0.2' }] }),
    ).parsed;
    const moved = slice({
      name: 's',
      endpoints: [{ host: '10.0.0.3' }, { host: '10.0.0.2' }, { host: '10.0.0.1', ready: false }],
    });
    const after = parseSlice(moved, before ?? undefined, () => {});
    expect(after?.endpoints[1]).toBe(before?.endpoints[1]);
    expect(after?.endpoints[2]).not.toBe(before?.endpoints[0]);
    expect(after?.endpoints.map((each) => each.ready)).toEqual([true, true, false]);
    for (const again of [moved, structuredClone(moved)]) {
      expect(parseSlice(again, after ?? undefined, () => {})?.endpoints).toBe(after?.endpoints);
    }
  });

  it('reads the same whether JSON objects come again or anew', () => {
    const element = fc.constantFrom<unknown>(
      ...['10.0.0.1', '10.0.0.2', '10.0.0.3', 'nonsense'].map((host) => ({ addresses: [host] })),
      { addresses: ['10.0.0.1'], conditions: { ready: false } },
      null,
    );
    fc.assert(
      fc.property(fc.array(fc.array(element, { maxLength: 6 }), { maxLength: 8 }), (versions) => {
        let previous: ParsedSlice | undefined;
        for (const endpoints of versions) {
          const object = { ...slice({ name: 's' }), endpoints };
          const parsed = parseSlice(object, previous, () => {}) as ParsedSlice;
          const anew = parse(structuredClone(object)).parsed as ParsedSlice;
          expect(parsed.endpoints).toEqual(anew.endpoints);
          previous = parsed;
        }
      }),
    );
  });

  it('keeps no endpoint when the family of addresses is another', () => {
    const object = { ...slice({ name: 's' }), endpoints: [{ addresses: ['10.0.0.1'] }] };
    const before = parse(object).parsed as ParsedSlice;
    expect(before.endpoints).toHaveLength(1);
    for (const addressType of ['IPv6', 'FQDN', 'IPv9']) {
      expect(parseSlice({ ...object, addressType }, before, () => {})?.endpoints).toEqual([]);
    }
  });

  it('names what is malformed in a few characters, however deep it is', () => {
    const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(one({ addresses: deep }).problems).toEqual(['an endpoint has no IPv4 address but a list']);
    expect(one({ addresses: ['x'.repeat(500)] }).problems[0]?.length).toBeLessThan(130);
    expect(parse({ ...slice({ name: 's' }), ports: [{ port: deep }] }).problems).toEqual([
      'a port is not a number from 1 to 65535 but a list',
    ]);
  });

  it('survives any content', () => {
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
    const metadata = fc.record({
      name: anything,
      namespace: anything,
      labels: anything,
      annotations: anything,
    });
    const content = fc.record({
      metadata: fc.oneof(metadata, fc.constant(slice({ name: 's' }).metadata)),
      addressType: fc.oneof(fc.constant('IPv4'), anything),
      endpoints: fc.oneof(
        anything,
        fc.array(
          fc.record({ addresses: anything, conditions: anything, targetRef: anything, hints: anything }),
        ),
      ),
      ports: fc.oneof(anything, fc.array(fc.record({ name: anything, port: anything, protocol: anything }))),
    });
    fc.assert(
      fc.property(content, (object) => {
        const { parsed } = parse(object as KubeObject);
        for (const each of parsed?.endpoints ?? []) expect(each.host).toBeTypeOf('string');
        for (const each of parsed?.ports ?? [])
          expect([null, 'number']).toContain(each.port && typeof each.port);
      }),
    );
  });
});
