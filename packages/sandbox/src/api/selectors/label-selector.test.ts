import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.js';

const LABELS = { app: 'web', tier: 'front', 'example.com/zone': 'a-1', n: '5', empty: '' };

it.each([
  ['', true],
  ['app=web', true],
  ['app=', false],
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
  ['x in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['x in (,', "unable to parse requirement: found '', expected: ',', or identifier"],
  ['!x=1', "found '=', expected: ',' or 'end of string'"],
  ['x=(', "unable to parse requirement: found '(', expected: identifier"],
  ['x in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['x in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
  ['app=web tier=x', "found 'tier', expected: ',' or 'end of string'"],
  ['app=web!', "found '!', expected: ',' or 'end of string'"],
  ['=x', "found '=', expected: !, identifier, or 'end of string'"],
  [',x', "found ',', expected: !, identifier, or 'end of string'"],
  ['app=web,', "found '', expected: identifier after ','"],
  ['app,,x', "found ',', expected: identifier after ','"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['-a', /^unable to parse requirement: <nil>: Invalid value: "-a": name part must .*\(e\.g\. 'MyName', /],
  ['app=-web', /^unable to parse requirement: values\[0\]\[app\]: Invalid value: "-web": a valid label must/],
  [
    'a/b/c=x',
    /<nil>: Invalid value: "a\/b\/c": a valid label key must .* with an optional DNS subdomain prefix/,
  ],
  ['n>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators"],
])('refuses %s', (text, expected) => {
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
