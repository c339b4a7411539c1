import fc from 'fast-check';
import { expect, it } from 'vitest';
import { at, copyJson, depthOf, equalJson, freezeDeep } from './json.js';

it('copies equal values that share nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const frozen = freezeDeep(structuredClone(value));
      const copy = copyJson(frozen);
      expect(equalJson(copy, value)).toBe(true);
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
      if (copy !== null && typeof copy === 'object') expect(Object.isFrozen(copy)).toBe(false);
    }),
  );
});

it('agrees with the JSON text, apart from the order of members', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
      expect(equalJson(a, b)).toBe(sorted(a) === sorted(b));
    }),
  );
});

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : Object.is(member, -0)
        ? 0
        : member,
  );
}

it('takes undefined members for absent ones', () => {
  expect(equalJson({ a: undefined, b: 1 }, { b: 1 })).toBe(true);
  expect(equalJson({ a: undefined }, { b: undefined })).toBe(true);
  expect(Object.keys(copyJson({ a: undefined, b: 1 }))).toEqual(['b']);
});

it('keeps a member called __proto__ a member', () => {
  const hostile: unknown = JSON.parse('{"__proto__":{"admin":true}}');
  const copy = copyJson(hostile) as object;
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}');
  expect(at(copy, 'admin')).toBeUndefined();
  expect(at({}, 'constructor')).toBeUndefined();
  expect(Reflect.deleteProperty(copy, '__proto__')).toBe(true);
  expect(Object.keys(copy)).toEqual([]);
});

it('measures depth no deeper than it is asked to', () => {
  expect([1, [], {}, [[{ a: [] }]]].map((value) => depthOf(value, 10))).toEqual([0, 1, 1, 4]);
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  expect(depthOf(deep, 50)).toBe(52);
});
