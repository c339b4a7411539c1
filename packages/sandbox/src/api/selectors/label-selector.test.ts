import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.js';

const LABELS = { app: 'web', tier: 'front', 'example.com/zone': 'a-1', n: '5', empty: '' };

it.each([
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=api', false],
  ['app!=api', true],
  ['app!=web', false],
  ['missing!=x', true],
  ['app', true],
  ['missing', false],
  ['!missing', true],
  ['! app', false],
  ['app in (web,api)', true],
  ['app in ( api , web )', true],
  ['app in (api)', false],
  ['app notin (api)', true],
  ['app notin (web)', false],
  ['missing notin (web)', true],
  ['app in (api,)', false],
  ['empty=', true],
  ['empty in ()', true],
  ['example.com/zone=a-1', true],
  ['n>4', true],
  ['n>5', false],
  ['n<6', true],
  ['app>1', false],
  ['app=web,tier in (front,back),!missing,n', true],
  ['app=web,tier in (back)', false],
])('%s is %s', (text, expected) => {
  expect(parseLabelSelector(text).matches(LABELS)).toBe(expected);
});

it.each([
  ['app=', false],
  ['x in (', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['x in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
  ['app=web tier=x', "unable to parse requirement: found 'tier', expected: ',' or 'end of string'"],
  ['=x', /Invalid value: "="/],
  ['app=web,', /Invalid value: ""/],
  ['app=-web', /Invalid value: "-web": a valid label/],
  ['a/b/c=x', /Invalid value: "a\/b\/c"/],
  ['n>x', /the value must be an integer/],
])('refuses %s', (text, expected) => {
  if (expected === false) {
    expect(parseLabelSelector(text).matches(LABELS)).toBe(false);
    return;
  }
  expect(() => parseLabelSelector(text)).toThrow(expected);
});

it('knows no label for objects without labels', () => {
  expect(parseLabelSelector('app').matches(undefined)).toBe(false);
  expect(parseLabelSelector('').everything).toBe(true);
});

it('does not take inherited members for labels', () => {
  expect(parseLabelSelector('constructor').matches({})).toBe(false);
  expect(parseLabelSelector('toString').matches({})).toBe(false);
});

it('either parses or refuses with 400, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      try {
        parseLabelSelector(text).matches(LABELS);
      } catch (error) {
        expect(error).toMatchObject({ code: 400 });
      }
    }),
  );
});
