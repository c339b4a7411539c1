import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointSubset, SubsetPort } from '../objects.js';
import { MAX_ADDRESSES, packSubsets, truncateSubsets } from './packing.js';

const at = (...ips: string[]) => ips.map((ip) => ({ ip }));
const tcp = (name: string, port: number): SubsetPort => ({ name, port, protocol: 'TCP' });

describe('packing', () => {
  it('puts ports with the same addresses together and sorts addresses as text', () => {
    const packed = packSubsets([
      { addresses: at('10.0.0.9', '10.0.0.10'), ports: [tcp('a', 1)] },
      { addresses: at('10.0.0.10', '10.0.0.9'), ports: [tcp('b', 2)] },
      { addresses: at('10.0.0.9'), ports: [tcp('c', 3)] },
    ]);
    expect(packed).toHaveLength(2);
    expect(packed).toContainEqual({
      addresses: at('10.0.0.10', '10.0.0.9'),
      ports: expect.arrayContaining([tcp('a', 1), tcp('b', 2)]),
    });
    expect(packed).toContainEqual({ addresses: at('10.0.0.9'), ports: [tcp('c', 3)] });
  });

  it('has the ports of a subset in the order of upstream’s hashes', () => {
    // What RepackSubsets of Kubernetes 1.36 makes of them.
    const order = ['b', 'http', 'grpc', 'a', '', 'tcp', 'metrics', 'admin'];
    const names = ['http', 'grpc', 'metrics', 'a', 'b', 'admin', 'tcp', ''];
    const ports = names.map((name, index): SubsetPort => {
      const h2c = name === 'grpc' ? { appProtocol: 'kubernetes.io/h2c' } : {};
      return {
        ...(name ? { name } : {}),
        port: 8080 + index,
        protocol: name === 'a' ? 'UDP' : 'TCP',
        ...h2c,
      };
    });
    const [packed] = packSubsets([{ addresses: at('10.0.0.1'), ports }]);
    expect(packed?.ports?.map(({ name = '' }) => name)).toEqual(order);
  });

  it('takes an address for not ready when it is both, and for two when it belongs to two objects', () => {
    const [first, second] = ['u1', 'u2'].map((uid) => ({
      ip: '10.0.0.1',
      targetRef: { kind: 'Pod', namespace: 'n', name: uid, uid },
    }));
    expect(
      packSubsets([
        { addresses: [second!, first!], ports: [tcp('a', 1)] },
        { notReadyAddresses: [first!], ports: [tcp('a', 1)] },
      ]),
    ).toEqual([{ addresses: [second], notReadyAddresses: [first], ports: [tcp('a', 1)] }]);
  });

  it('keeps subsets without ports', () => {
    expect(packSubsets([{ addresses: at('10.0.0.2') }, { addresses: at('10.0.0.1') }])).toEqual([
      { addresses: at('10.0.0.1', '10.0.0.2') },
    ]);
    expect(packSubsets([])).toEqual([]);
    // As upstream: the same addresses with a port say it already.
    const ported = { addresses: at('10.0.0.1'), ports: [tcp('a', 1)] };
    expect(packSubsets([{ addresses: at('10.0.0.1') }, ported])).toEqual([ported]);
  });

  const subsets = fc.array(
    fc.record({
      addresses: fc.array(fc.integer({ min: 1, max: 6 }).map((n) => ({ ip: `10.0.0.${n}` }))),
      notReadyAddresses: fc.array(fc.integer({ min: 1, max: 6 }).map((n) => ({ ip: `10.0.0.${n}` }))),
      ports: fc
        .uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
        .map((names) => names.map((name) => tcp(name, 80))),
    }),
    { maxLength: 5 },
  );

  /** `ip port ready`, one line each; not ready wins. */
  function expanded(all: readonly EndpointSubset[]): string[] {
    const found = new Map<string, boolean>();
    for (const { addresses = [], notReadyAddresses = [], ports } of all) {
      for (const port of ports?.length ? ports : [undefined]) {
        for (const { ip } of addresses) {
          const key = `${ip} ${port?.name}`;
          found.set(key, found.get(key) ?? true);
        }
        for (const { ip } of notReadyAddresses) found.set(`${ip} ${port?.name}`, false);
      }
    }
    return [...found].map(([key, ready]) => `${key} ${ready}`).sort();
  }

  it('says the same as before in fewest subsets, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(subsets, (all) => {
        const packed = packSubsets(all);
        expect(expanded(packed)).toEqual(expanded(all));
        expect(packSubsets(packed)).toEqual(packed);
        expect(packSubsets([...all].reverse())).toEqual(packed);
        const sets = packed.map(({ addresses, notReadyAddresses }) =>
          JSON.stringify([addresses, notReadyAddresses]),
        );
        expect(new Set(sets).size).toBe(sets.length);
      }),
    );
  });
});

describe('truncation', () => {
  const many = (n: number, from = 0) =>
    Array.from({ length: n }, (_, i) => ({ ip: `10.${from}.${i >> 8}.${i & 255}` }));
  const sizes = (all: readonly EndpointSubset[] | undefined): (number | undefined)[][] | undefined =>
    all?.map(({ addresses, notReadyAddresses }) => [addresses?.length, notReadyAddresses?.length]);

  it('leaves up to a thousand addresses alone', () => {
    expect(truncateSubsets([{ addresses: many(900), notReadyAddresses: many(100, 1) }])).toBeUndefined();
  });

  it('takes away unready addresses first, from each subset its share', () => {
    const all = [
      { addresses: many(500), notReadyAddresses: many(600, 1) },
      { notReadyAddresses: many(300, 2) },
    ];
    expect(sizes(truncateSubsets(all))).toEqual([
      [500, 334],
      [undefined, 166],
    ]);
  });

  it('shares the room among ready addresses when these alone are too many', () => {
    const all = [{ addresses: many(1500), notReadyAddresses: many(1, 1) }, { addresses: many(500, 2) }];
    expect(sizes(truncateSubsets([...all, { notReadyAddresses: many(1, 3) }]))).toEqual([
      [750, undefined],
      [250, undefined],
    ]);
    expect(MAX_ADDRESSES).toBe(1000);
  });
});
