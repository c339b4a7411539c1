import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  type FieldSet,
  fromFieldsV1,
  intersection,
  pathsOf,
  sameSet,
  toFieldsV1,
  union,
} from './field-set.js';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"', 'v:1');
const { fields } = fc.letrec<{ fields: object }>((tie) => ({
  fields: fc.dictionary(
    fc.oneof({ arbitrary: element, weight: 4 }, fc.constant('.')),
    fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('fields')),
    { maxKeys: 4 },
  ),
}));
/** Any set but for the empty path, which no object has. */
const sets = fields.map((each) => fromFieldsV1({ 'f:root': each })).filter((set) => set !== undefined);

const paths = (set: FieldSet): Set<string> => new Set([...pathsOf(set)].map((path) => path.join(' ')));

describe('FieldsV1', () => {
  it('is read and written without loss', () => {
    fc.assert(fc.property(sets, (set) => sameSet(fromFieldsV1(toFieldsV1(set)) ?? set, set)));
  });

  it('tells a path from what is below it', () => {
    const set = fromFieldsV1({
      'f:data': { '.': {}, 'f:a': {} },
      'f:metadata': { 'f:labels': { 'f:x': {} } },
    });
    expect([...pathsOf(set!)]).toEqual([['f:data'], ['f:data', 'f:a'], ['f:metadata', 'f:labels', 'f:x']]);
  });

  it.each([
    ['an unknown kind of element', { 'x:a': {} }],
    ['no element', { a: {} }],
    ['keys that are no JSON', { 'k:{': {} }],
    ['keys that are no object', { 'k:1': {} }],
    ['a value that is no set', { 'f:a': 1 }],
    ['a list', []],
  ])('refuses %s', (_, value) => expect(fromFieldsV1(value)).toBeUndefined());
});

describe('sets of paths', () => {
  it('unite, intersect and differ as sets do', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [paths(a), paths(b)];
        expect(paths(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(paths(intersection(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))));
        expect(paths(difference(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))));
      }),
    );
  });
});
