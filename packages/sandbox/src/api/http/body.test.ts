import { expect, it } from 'vitest';
import { decodeObject, decodePatch } from './body.js';

const POD = { kind: 'Pod' };

it.each([
  [undefined, '{"kind":"Pod","metadata":{"name":"a"}}'],
  ['application/json; charset=utf-8', '{"kind":"Pod","metadata":{"name":"a"}}'],
  ['application/yaml', 'kind: Pod\nmetadata: {name: a}\n'],
])('reads a body of type %s', (type, text) => {
  expect(decodeObject(Buffer.from(text), type, POD)).toMatchObject({ kind: 'Pod', metadata: { name: 'a' } });
});

it.each([
  ['', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
  ['{"a":1', /json parse error: .* \(\{"a":1\)$/],
  ['{"kind":"Pod","metadata":{"name":"abcdefg', /\(\{"kind":"Pod","metadata":\{"nam \.\.\.\)$/],
  [
    'hello',
    "couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)",
  ],
  ['[]', /cannot unmarshal into Go value of type struct/],
  ['null', /cannot unmarshal into Go value of type struct/],
])('refuses the body %s', (text, expected) => {
  const decode = () => decodeObject(Buffer.from(text), 'application/json', POD);
  expect(decode).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest' }));
  expect(decode).toThrow(expected);
  expect(decode).toThrow(/^the object provided is unrecognized \(must be of type Pod\): /);
});

it('answers 415 to other types of body', () => {
  expect(() => decodeObject(Buffer.from('x'), 'text/plain', POD)).toThrow(
    expect.objectContaining({ code: 415, reason: 'UnsupportedMediaType' }),
  );
});

it('does not expand a bomb of YAML aliases', () => {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 12; i++)
    lines.push(`a${i}: &a${i} [${new Array(9).fill(i > 1 ? `*a${i - 1}` : '*a').join(',')}]`);
  expect(() => decodeObject(Buffer.from(lines.join('\n')), 'application/yaml', POD)).toThrow(
    expect.objectContaining({ code: 400 }),
  );
});

it('reads patches that are arrays, and refuses broken ones', () => {
  expect(decodePatch(Buffer.from('[{"op":"add"}]'))).toEqual([{ op: 'add' }]);
  expect(() => decodePatch(Buffer.from('{'))).toThrow(/^error decoding patch: /);
});
