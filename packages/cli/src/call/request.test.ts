import { expect, it } from 'vitest';
import { parseHeaders } from './headers.js';
import { checkRequest, type RequestOptions } from './request.js';

const options = (more: Partial<RequestOptions>): RequestOptions => ({ importPath: [], header: [], ...more });

it.each<[Partial<RequestOptions>]>([
  [{}],
  [{ method: 'a.B/C' }],
  [{ method: 'a.B/C', data: '{}', proto: 'x.proto', importPath: ['.'] }],
  [{ proto: 'x.proto', listMethods: true }],
])('takes %j', (more) => {
  expect(() => checkRequest(options(more))).not.toThrow();
});

it.each<[Partial<RequestOptions>, string]>([
  [{ importPath: ['.'] }, '--import-path: it says where imports of --proto FILE are'],
  [{ proto: 'x.proto' }, '--proto x.proto: --method package.Service/Method is needed too'],
  [{ data: '{}' }, '--data: --method package.Service/Method is needed too'],
])('refuses %j', (more, message) => {
  expect(() => checkRequest(options(more))).toThrow(message);
});

it('reads headers', () => {
  const metadata = parseHeaders(['a: b:c ', 'A:d', 'x-bin:aGk=']);
  expect(metadata.get('a')).toEqual(['b:c', 'd']);
  expect(metadata.get('x-bin')).toEqual([Buffer.from('hi')]);
});

it.each([
  ['nix', '--header "nix": NAME:VALUE is accepted'],
  [':x', '--header ":x": NAME:VALUE is accepted'],
  ['ä:x', '--header "ä:x": '],
])('refuses the header %j', (header, message) => {
  expect(() => parseHeaders([header])).toThrow(message);
});
