import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTexts } from './parse-texts.js';

it.each<[string, string, Record<string, string>]>([
  [
    'texts',
    'serv-ca: roundRobin\n_default: leastRequest',
    { 'serv-ca': 'roundRobin', _default: 'leastRequest' },
  ],
  ['JSON', '{"a": {"policy": "roundRobin"}}', { a: '{"policy":"roundRobin"}' }],
  ['a mapping as JSON', 'a: {policy: roundRobin}', { a: '{"policy":"roundRobin"}' }],
  ['JSON in a text', 'a: |\n  {"policy": "x"}\n', { a: '{"policy": "x"}\n' }],
  ['no value', 'a:\nb: ""', { a: '', b: '' }],
  ['nothing', '# nothing yet', {}],
  ['a number', 'a: 3', { a: '3' }],
])('reads %s', (_what, text, expected) => {
  expect(parseTexts(text)).toEqual(expected);
});

it.each([
  ['[a]', 'got ["a"], accepted: an object with a value for each key'],
  ['roundRobin', 'got "roundRobin", accepted: an object'],
  ['a: 1\na: 2', 'Map keys must be unique'],
  ['a: {', 'Flow map in block collection must be'],
])('refuses %j', (text, message) => {
  expect(() => parseTexts(text)).toThrow(message);
});

it('gives back whatever texts were written as JSON', () => {
  const texts = fc.dictionary(fc.stringMatching(/^[-._a-z0-9]{1,20}$/), fc.string());
  fc.assert(
    fc.property(texts, (data) => {
      expect(parseTexts(JSON.stringify(data))).toEqual({ ...data });
    }),
  );
});
