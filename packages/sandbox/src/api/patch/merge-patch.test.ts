import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from './merge-patch.js';

/** JSON without nulls: what an object that merge patches apply to may hold. */
const document = fc.object({ maxDepth: 3, values: [fc.integer(), fc.string(), fc.boolean()] });
const patch = fc.object({
  maxDepth: 3,
  values: [fc.integer(), fc.string(), fc.boolean(), fc.constant(null)],
});

describe('mergePatch', () => {
  it.each([
    // The examples of RFC 7386, appendix A.
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('merges %j and %j as RFC 7386 does', (target, change, result) => {
    expect(mergePatch(target, change)).toEqual(result);
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(document, patch, (target, change) => {
        const once = mergePatch(target, change);
        expect(mergePatch(once, change)).toEqual(once);
      }),
    );
  });

  it('changes nothing with an empty patch and leaves its arguments alone', () => {
    fc.assert(
      fc.property(document, patch, (target, change) => {
        const before = structuredClone({ target, change });
        expect(mergePatch(target, {})).toEqual(target);
        mergePatch(target, change);
        expect({ target, change }).toEqual(before);
      }),
    );
  });

  it('never changes a prototype', () => {
    const result = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(result as object)).toEqual(['__proto__']);
  });
});
