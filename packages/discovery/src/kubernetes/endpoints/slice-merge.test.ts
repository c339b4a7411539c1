import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndpointFields, slice } from '../../../test/doubles/slices.js';
import type { Endpoint } from '../../endpoint.js';
import { parseSlice } from './slice.js';
import { SliceMerge } from './slice-merge.js';

interface Part {
  readonly name: string;
  readonly family?: 4 | 6;
  readonly port?: number;
  readonly endpoints: readonly EndpointFields[];
}

function put(merge: SliceMerge, { name, family = 4, port = 80, endpoints }: Part): void {
  const object = slice({ name, addressType: `IPv${family}`, endpoints });
  const parsed = parseSlice(object, undefined, () => {});
  merge.update({ id: `ns/${name}`, name, port, endpoints: parsed?.endpoints ?? [] });
}

function merged(...parts: Part[]): Endpoint[] {
  const merge = new SliceMerge();
  for (const part of parts) put(merge, part);
  merge.settle();
  return [...merge.endpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const a = { host: '10.0.0.1', uid: 'a', pod: 'pod-a' };
const draining = { ready: false, serving: true, terminating: true };

describe('SliceMerge', () => {
  it('joins the slices of one Service', () => {
    const endpoints = merged(
      { name: 's1', endpoints: [a] },
      { name: 's2', endpoints: [{ host: '10.0.0.2' }] },
    );
    expect(endpoints.map((each) => [each.key, each.slice])).toEqual([
      ['10.0.0.1:80', 's1'],
      ['10.0.0.2:80', 's2'],
    ]);
  });

  it('makes one endpoint of the IPv4 and the IPv6 address of one pod', () => {
    const endpoints = merged(
      { name: 's6', family: 6, endpoints: [{ host: 'fd00::1', uid: 'a' }, { host: 'fd00::2' }] },
      { name: 's4', endpoints: [a, { host: '10.0.0.2' }] },
    );
    expect(endpoints.map((each) => each.key)).toEqual([
      '10.0.0.1:80,[fd00::1]:80',
      '10.0.0.2:80',
      '[fd00::2]:80',
    ]);
    expect(endpoints[0]?.addresses).toEqual([
      { host: '10.0.0.1', port: 80 },
      { host: 'fd00::1', port: 80 },
    ]);
    expect(endpoints[0]?.pod).toBe('pod-a');
  });

  it('keeps the ports of one pod apart', () => {
    const endpoints = merged({ name: 's1', endpoints: [a] }, { name: 's2', port: 81, endpoints: [a] });
    expect(endpoints.map((each) => each.key)).toEqual(['10.0.0.1:80', '10.0.0.1:81']);
  });

  it('leaves out slices that do not have the port', () => {
    const merge = new SliceMerge();
    merge.update({
      id: 'ns/s',
      name: 's',
      port: undefined,
      endpoints: [{ host: 'x', ready: true, serving: true, terminating: false }],
    });
    expect(merge.settle().size).toBe(0);
    expect(merge.endpoints.size).toBe(0);
  });

  it.each<[string, Partial<EndpointFields>, Partial<EndpointFields>]>([
    ['ready over draining', {}, draining],
    ['ready over unready', {}, { ready: false }],
    ['draining and serving over unready', draining, { ready: false }],
    ['draining and serving over draining and not serving', draining, { ...draining, serving: false }],
    ['unready over gone', { ready: false }, { ready: false, serving: false, terminating: true }],
    ['serving over published only', {}, { serving: false }],
  ])('keeps the best condition of an endpoint in two slices: %s', (_, best, other) => {
    for (const order of [
      [best, other],
      [other, best],
    ]) {
      const [first, second] = order.map((each, index) => ({
        name: `s${index}`,
        endpoints: [{ ...a, ...each }],
      }));
      expect(merged(first as Part, second as Part)).toEqual(
        merged({ name: 's', endpoints: [{ ...a, ...best }] }).map((each) => ({
          ...each,
          slice: expect.any(String),
        })),
      );
    }
  });

  it('gives an address that two pods claim to the one that is usable', () => {
    const endpoints = merged(
      { name: 's1', endpoints: [{ ...a, ...draining }] },
      { name: 's2', endpoints: [{ host: a.host, uid: 'b', pod: 'pod-b' }] },
    );
    expect(endpoints.map((each) => [each.key, each.pod])).toEqual([['10.0.0.1:80', 'pod-b']]);
  });

  it('prefers the word of a slice that knows the pod', () => {
    const endpoints = merged({ name: 's1', endpoints: [{ host: a.host }] }, { name: 's2', endpoints: [a] });
    expect(endpoints.map((each) => each.uid)).toEqual(['a']);
  });

  it('does not touch an endpoint that only moves to another slice', () => {
    const merge = new SliceMerge();
    put(merge, { name: 's1', endpoints: [a] });
    merge.settle();
    const before = merge.endpoints.get('10.0.0.1:80');
    put(merge, { name: 's2', endpoints: [a] });
    expect([...merge.settle()]).toEqual([]);
    merge.remove('ns/s1');
    expect([...merge.settle()]).toEqual([]);
    expect(merge.endpoints.get('10.0.0.1:80')).toBe(before);
  });

  it('follows a slice that is recycled with the same name, other ports and other endpoints', () => {
    const merge = new SliceMerge();
    put(merge, { name: 's1', endpoints: [a] });
    merge.settle();
    put(merge, { name: 's1', port: 9090, endpoints: [{ host: '10.0.0.9', uid: 'z' }] });
    expect([...merge.settle()].sort()).toEqual(['10.0.0.1:80', '10.0.0.9:9090']);
    expect([...merge.endpoints.keys()]).toEqual(['10.0.0.9:9090']);
  });

  const someEndpoint = fc.record({
    host: fc.integer({ min: 1, max: 6 }),
    uid: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    zone: fc.constantFrom('z1', 'z2'),
  });
  const somePart = fc
    .record({
      name: fc.constantFrom('s1', 's2', 's3', 's4'),
      family: fc.constantFrom<4 | 6>(4, 6),
      port: fc.constantFrom(80, 81),
      endpoints: fc.array(someEndpoint, { maxLength: 6 }),
    })
    .map((part) => ({
      ...part,
      endpoints: part.endpoints.map((each) => ({
        ...each,
        host: `${part.family === 4 ? '10.0.0.' : 'fd00::'}${each.host}`,
      })),
    }));
  const steps = fc.array(fc.oneof(somePart, fc.constantFrom('s1', 's2', 's3', 's4'), fc.constant('settle')), {
    maxLength: 25,
  });

  it('ends at the same endpoints whatever led there, and names every key that changed', () => {
    fc.assert(
      fc.property(steps, (each) => {
        const merge = new SliceMerge();
        const parts = new Map<string, Part>();
        let seen = new Map<string, Endpoint>();
        const settle = (): void => {
          const changed = merge.settle();
          const keys = new Set([...seen.keys(), ...merge.endpoints.keys()]);
          for (const key of keys) expect(changed.has(key)).toBe(seen.get(key) !== merge.endpoints.get(key));
          seen = new Map(merge.endpoints);
        };
        for (const step of each) {
          if (step === 'settle') settle();
          else if (typeof step === 'string') {
            merge.remove(`ns/${step}`);
            parts.delete(step);
          } else {
            put(merge, step);
            parts.set(step.name, step);
          }
        }
        settle();
        const found = [...merge.endpoints.values()].sort((x, y) => (x.key < y.key ? -1 : 1));
        const anyOrder = [...parts.values()].reverse();
        const withoutSlice = (list: Endpoint[]) => list.map((endpoint) => ({ ...endpoint, slice: '' }));
        expect(withoutSlice(found)).toEqual(withoutSlice(merged(...anyOrder)));
        const addresses = found.flatMap((endpoint) => endpoint.key.split(','));
        expect(new Set(addresses).size).toBe(addresses.length);
      }),
      { numRuns: 500 },
    );
  });
});
