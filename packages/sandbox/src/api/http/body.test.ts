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
  [
    '{"kind":{"toString":1}}',
    /json: cannot unmarshal object into Go struct field \.kind of type string \(\{"kind":\{"toString":1\}\}\)$/,
  ],
  ['[]', /cannot unmarshal into Go value of type struct/],
  ['null', /cannot unmarshal into Go value of type struct/],
])('refuses the body %s', (text, expected) => {
  const decode = () => decodeObject(Buffer.from(text), 'application/json', POD);
  expect(decode).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest' }));
  expect(decode).toThrow(expected);
  expect(decode).toThrow(/^the object provided is unrecognized \(must be of type Pod\): /);
});

it.each([
  ['{', 'unexpected end of JSON input'],
  ['[1', 'unexpected end of JSON input'],
  ['{"a":"b', 'unexpected end of JSON input'],
  ['', 'unexpected end of JSON input'],
  ['{"a"}', "invalid character '}' after object key"],
  ['{"a":1 2', "invalid character '2' after object key:value pair"],
  ['[1 2', "invalid character '2' after array element"],
  ['{1', "invalid character '1' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a":1}x', "invalid character 'x' after top-level value"],
  ['{"a":x}', "invalid character 'x' looking for beginning of value"],
])('says in the words of Go what is wrong with %s', (text, expected) => {
  expect(() => decodePatch(Buffer.from(text), '')).toThrow(
    expect.objectContaining({ code: 400, message: expected }),
  );
});

it.each([
  ['{"metadata":"x"}', 'cannot unmarshal string into Go struct field Pod.metadata of type v1.ObjectMeta'],
  ['{"metadata":[]}', 'cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta'],
  [
    '{"metadata":{"name":{"toString":1}}}',
    'cannot unmarshal object into Go struct field ObjectMeta.metadata.name of type string',
  ],
])('refuses metadata that is none: %s', (text, problem) => {
  expect(() => decodeObject(Buffer.from(text), 'application/json', POD)).toThrow(
    `Pod cannot be handled as a Pod: json: ${problem}`,
  );
});

it('refuses bodies that are nested too deeply', () => {
  const deep = Buffer.from(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
  const tooDeep = expect.objectContaining({ code: 400, message: 'json: exceeded max depth of 500' });
  expect(() => decodeObject(deep, 'application/json', POD)).toThrow(tooDeep);
  expect(() => decodePatch(deep, '')).toThrow(tooDeep);
});

it('reads YAML as the JSON that it stands for', () => {
  const yaml = '%YAML 1.1\n---\nmetadata: {name: a, x: !!set {b, c}, z: .inf}\n';
  const { metadata } = decodeObject(Buffer.from(yaml), 'application/yaml', POD);
  expect(metadata).toEqual({ name: 'a', x: {}, z: null });
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
  expect(decodePatch(Buffer.from('[{"op":"add"}]'), '')).toEqual([{ op: 'add' }]);
  expect(() => decodePatch(Buffer.from('{'), 'why: ')).toThrow(/^why: unexpected end of JSON input$/);
});
