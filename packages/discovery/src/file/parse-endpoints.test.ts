import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { parseEndpoints } from './parse-endpoints.js';

it('reads addresses, places, conditions and weights, sorted', () => {
  const text = `
endpoints:
  - 10.0.0.9:8088
  - address: 10.0.0.7:8088
    pod: web-1
    zone: a
    node: node-1
    weight: 3
  - addresses: ["[fd00::8]:8088", "10.0.0.8:8088"]
    ready: false
`;
  const common = { ready: true, serving: true, terminating: false, slice: 'f' };
  expect(parseEndpoints(text, 'f')).toEqual([
    {
      ...common,
      key: '10.0.0.7:8088',
      addresses: [{ host: '10.0.0.7', port: 8088 }],
      pod: 'web-1',
      zone: 'a',
      node: 'node-1',
      weight: 3,
    },
    {
      ...common,
      key: '10.0.0.8:8088,[fd00::8]:8088',
      addresses: [
        { host: '10.0.0.8', port: 8088 },
        { host: 'fd00::8', port: 8088 },
      ],
      ready: false,
      serving: false,
    },
    { ...common, key: '10.0.0.9:8088', addresses: [{ host: '10.0.0.9', port: 8088 }] },
  ]);
});

it('reads JSON and an empty list', () => {
  expect(parseEndpoints('{"endpoints": ["web:80"]}', 'f')).toMatchObject([{ key: 'web:80' }]);
  expect(parseEndpoints('endpoints: []', 'f')).toEqual([]);
});

it.each([
  ['', 'the file: got null, accepted: an object with a list endpoints'],
  ['endpoints: 3', 'accepted: an object with a list endpoints'],
  ['endpoints: []\nendpoint: []', 'endpoint: got [], accepted: only endpoints at the top'],
  ['endpoints: [7]', 'endpoints[0]: got 7, accepted: HOST:PORT, or an object with address'],
  ['endpoints: [{}]', 'endpoints[0].address: got undefined, accepted: HOST:PORT'],
  ['endpoints: [{address: "a:1", addresses: ["b:1"]}]', 'either address or addresses'],
  ['endpoints: [{addresses: []}]', 'endpoints[0].addresses: got [], accepted: a list of HOST:PORT'],
  ['endpoints: [{address: "a:1", weight: 0}]', 'endpoints[0].weight: got 0, accepted: a whole number from 1'],
  [
    'endpoints: [{address: "a:1", colour: red}]',
    'endpoints[0].colour: got "red", accepted: address, addresses, pod',
  ],
  ['endpoints: [{address: "a:1", toString: red}]', 'endpoints[0].toString: got "red"'],
  ['endpoints: [{address: "a:1", ready: maybe}]', 'accepted: true or false'],
  ['endpoints: ["a:1", "A:1"]', 'endpoints[1]: got "a:1", accepted: each endpoint once'],
])('refuses %j', (text, problem) => {
  expect(() => parseEndpoints(text, 'f')).toThrow(problem);
});

it('lets the parser warn nobody: the text is refused or read', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  expect(() => parseEndpoints('endpoints:\n !!', 'f')).toThrow();
  expect(parseEndpoints('endpoints: !odd [a:1]', 'f')).toHaveLength(1);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

it('never does more with any text than refuse it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        expect(Array.isArray(parseEndpoints(`endpoints:\n ${text}`, 'f'))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});
