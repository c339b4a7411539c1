import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expand } from './expansion.js';

const lookup = (name: string): string | undefined => ({ A: '1', EMPTY: '', B: '$(A)' })[name];

it.each([
  ['$(A)', '1'],
  ['x$(A)y$(A)', 'x1y1'],
  ['$(EMPTY)', ''],
  ['$(B)', '$(A)'],
  ['$(NO)', '$(NO)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$1'],
  ['$$', '$'],
  ['$', '$'],
  ['$A', '$A'],
  ['$(A', '$(A'],
  ['$()', '$()'],
  ['a $ (A) b', 'a $ (A) b'],
])('expands %s as the kubelet does', (text, expected) => {
  expect(expand(text, lookup)).toBe(expected);
});

it('leaves text without a dollar sign as it is', () => {
  fc.assert(fc.property(fc.string(), (text) => fc.pre(!text.includes('$')) ?? expand(text, lookup) === text));
});
