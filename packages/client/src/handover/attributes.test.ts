import type { Candidate } from '@fairlead/balancing';
import type { Endpoint } from '@fairlead/discovery';
import fc from 'fast-check';
import { expect, expectTypeOf, it } from 'vitest';
import { candidateOf, carryEndpoints } from './attributes.js';

function endpoint(key: string): Endpoint {
  const [host = '', port = ''] = key.split(':');
  return {
    key,
    addresses: [{ host, port: Number(port) }],
    ready: true,
    serving: true,
    terminating: false,
    slice: 's',
  };
}

const sorted = (list: readonly Endpoint[]) => [...list].sort((a, b) => (a.key < b.key ? -1 : 1));

it("takes discovery's endpoint as a candidate of balancing", () => {
  expectTypeOf<Endpoint>().toExtend<Candidate>();
  const [carried] = carryEndpoints([endpoint('10.0.0.1:80')], []);
  expect(carried && candidateOf(carried)).toEqual(endpoint('10.0.0.1:80'));
});

it('keeps the object of every endpoint that is still the same one, whatever else changes', () => {
  const pool = Array.from({ length: 20 }, (_, i) => endpoint(`10.0.0.${i + 10}:80`));
  const subset = fc.subarray(pool, { minLength: 0 });
  fc.assert(
    fc.property(subset, subset, fc.nat(19), (before, after, changedAt) => {
      const first = carryEndpoints(sorted(before), []);
      const changed = after.map((item, i) => (i === changedAt ? { ...item, ready: false } : item));
      const second = carryEndpoints(sorted(changed), first);
      expect(second.map((item) => candidateOf(item))).toEqual(sorted(changed));
      for (const item of second) {
        const same = first.find((other) => candidateOf(other) === candidateOf(item));
        expect(same === undefined || same === item).toBe(true);
      }
    }),
  );
});

it('treats endpoints of another resolver as ready, keyed by their sorted addresses', () => {
  const foreign = {
    addresses: [
      { host: 'fd00::1', port: 80 },
      { host: '10.0.0.1', port: 80 },
    ],
  };
  expect(candidateOf(foreign)).toEqual({
    key: '10.0.0.1:80,[fd00::1]:80',
    ready: true,
    serving: true,
    terminating: false,
  });
  expect(candidateOf(foreign)).toBe(candidateOf(foreign));
  expect(candidateOf({ addresses: [{ path: '/run/a.sock' }] }).key).toBe('/run/a.sock');
});
