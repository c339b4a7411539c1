import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeRequests, readData } from './request-data.js';
import { describeMethod, findMethod, loadProto, methodsOf, parseMethod } from './schema.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-proto-'));
  mkdirSync(join(folder, 'shared'));
  const file = (name: string, text: string): void =>
    writeFileSync(join(folder, name), `syntax = "proto3";\n${text}`);
  file('shared/types.proto', 'package types; message Text { string text = 1; }');
  file(
    'greeter.proto',
    `package demo;
import "types.proto";
import "google/protobuf/empty.proto";
import "google/api/annotations.proto";
service Greeter {
  rpc Say(types.Text) returns (google.protobuf.Empty) { option (google.api.http) = { get: "/say" }; }
  rpc Talk(stream types.Text) returns (stream types.Text);
}`,
  );
  file('broken.proto', 'message {');
  file('lost.proto', 'message A { Nix nix = 1; }');
  writeFileSync(join(folder, 'data.json'), '{"text":"from a file"}');
});

afterAll(() => rmSync(folder, { recursive: true }));

const load = () => methodsOf(loadProto(join(folder, 'greeter.proto'), [join(folder, 'shared')]));

it('reads the methods of a file and of what it imports', () => {
  expect(load().map(describeMethod)).toEqual([
    'demo.Greeter/Say (types.Text) returns (google.protobuf.Empty)',
    'demo.Greeter/Talk (stream types.Text) returns (stream types.Text)',
  ]);
  expect(methodsOf(loadProto('types.proto', [join(folder, 'shared')]))).toEqual([]);
});

it.each([
  ['greeter.proto', /greeter\.proto: it imports "types\.proto", which is not in \/.*: --import-path DIR$/],
  ['broken.proto', /--proto \S+broken\.proto: .*illegal.*line 2/],
  ['lost.proto', /--proto \S+lost\.proto: no such Type or Enum 'Nix'/],
  ['nowhere.proto', /--proto \S+nowhere\.proto: there is no such file$/],
])('says what is wrong with %s', (name, message) => {
  expect(() => loadProto(join(folder, name), [])).toThrow(message);
});

it.each(['demo.Greeter/Say', '/demo.Greeter/Say', 'demo.Greeter.Say'])('finds %s', (text) => {
  expect(findMethod(load(), text)).toMatchObject({ name: 'demo.Greeter/Say', requestStream: false });
});

it.each([
  ['demo.Greeter/Nix', 'demo.Greeter has no method Nix; accepted: demo.Greeter/Say, demo.Greeter/Talk'],
  ['demo.Nix/Say', 'there is no service demo.Nix; accepted: demo.Greeter/Say, demo.Greeter/Talk'],
  ['Say', '--method "Say": package.Service/Method is accepted'],
])('does not find %s and says what there is', (text, message) => {
  const methods = load();
  expect(() => findMethod(methods, text)).toThrow(message);
});

it('needs a service and a method', () => {
  expect(parseMethod('a.b.C/D')).toEqual({ service: 'a.b.C', name: 'D' });
  expect(() => parseMethod('a b/c')).toThrow('package.Service/Method is accepted');
});

it('encodes one message, or those of an array where the method takes a stream', () => {
  const [say, talk] = load() as [Parameters<typeof encodeRequests>[0], Parameters<typeof encodeRequests>[0]];
  const hex = (method: typeof say, text: string) =>
    encodeRequests(method, text).map((each) => each.toString('hex'));
  expect(hex(say, '{"text":"a"}')).toEqual(['0a0161']);
  expect(hex(talk, '{"text":"a"}')).toEqual(['0a0161']);
  expect(hex(talk, '[{"text":"a"},{}]')).toEqual(['0a0161', '']);
  expect(hex(talk, '[]')).toEqual([]);
  expect(() => hex(say, '[]')).toThrow('--data: an array; demo.Greeter/Say takes one message');
  expect(() => hex(talk, '[{},{"txt":1}]')).toThrow(
    'data[1].txt: types.Text has no such field; accepted: text',
  );
  expect(() => hex(say, '{')).toThrow('--data: not JSON (');
});

it('reads data from a file', () => {
  expect(readData(`@${join(folder, 'data.json')}`)).toBe('{"text":"from a file"}');
  expect(readData('{}')).toBe('{}');
  expect(() => readData('@/nowhere.json')).toThrow(/^--data @\/nowhere\.json: ENOENT/);
});
