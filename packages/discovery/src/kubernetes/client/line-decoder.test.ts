import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineDecoder } from './line-decoder.js';

/** Long enough for a line to be worth a comparison. */
const filler = 'x'.repeat(8_192);

interface Slice {
  readonly name?: string;
  readonly endpoints?: unknown;
  readonly more?: object;
  readonly type?: string;
}

function lineOf({ name = 'a', endpoints = [], more = {}, type = 'MODIFIED' }: Slice): Buffer {
  const object = {
    metadata: { name, filler },
    addressType: 'IPv4',
    endpoints,
    ports: [{ port: 1 }],
    ...more,
  };
  return Buffer.from(JSON.stringify({ type, object }));
}

interface Decoded {
  readonly object: { readonly endpoints: readonly unknown[] };
}

/** Decodes lines one after the other and compares each with what JSON.parse gives. */
function decodeAll(
  lines: readonly Buffer[],
  decode = createLineDecoder('endpoints'),
): (readonly unknown[])[] {
  return lines.map((line) => {
    const value = decode(line);
    expect(value).toEqual(JSON.parse(line.toString()));
    return (value as Decoded).object.endpoints;
  });
}

const endpoint = (host: string, ready = true): object => ({ addresses: [host], conditions: { ready } });

/** Which elements of `now` are the same objects as in `before`. */
const kept = (before: readonly unknown[], now: readonly unknown[]): boolean[] =>
  now.map((each) => before.includes(each));

describe('lines of one object', () => {
  const [a, b, c, d] = ['1', '2', '3', '4'].map((host) => endpoint(host));
  test.each([
    ['one changed in the middle', [a, b, c], [a, endpoint('2', false), c], [true, false, true]],
    ['the first changed', [a, b, c], [d, b, c], [false, true, true]],
    ['the last changed', [a, b, c], [a, b, d], [true, true, false]],
    ['one added at the end', [a, b], [a, b, c], [true, true, false]],
    ['one added at the beginning', [b, c], [a, b, c], [false, true, true]],
    ['one added between', [a, c], [a, b, c], [true, false, true]],
    ['one gone between', [a, b, c], [a, c], [true, true]],
    ['the last gone', [a, b, c], [a, b], [true, true]],
    ['the first gone', [a, b, c], [b, c], [true, true]],
    ['all as before', [a, b, c], [a, b, c], [true, true, true]],
    ['one of several equal ones gone', [a, a, a], [a, a], [true, true]],
    ['all gone', [a, b], [], []],
    ['all new', [a, b], [c, d], [false, false]],
  ])('%s', (_, before, now, expected) => {
    const [first = [], second = []] = decodeAll([before, now].map((endpoints) => lineOf({ endpoints })));
    expect(kept(first, second)).toEqual(expected);
  });

  test('keep elements over many changes', () => {
    const hosts = Array.from({ length: 50 }, (_, index) => endpoint(String(index)));
    const lists = hosts.map((_, changed) =>
      hosts.map((each, index) => (index === changed ? endpoint(`${index}`, false) : each)),
    );
    const decoded = decodeAll(
      lists.map((endpoints, index) =>
        lineOf({ endpoints, more: { metadata: { name: 'a', filler, index } } }),
      ),
    );
    for (const [index, now] of decoded.entries()) {
      if (index > 0) expect(kept(decoded[index - 1] ?? [], now).filter((each) => !each)).toHaveLength(2);
    }
  });

  test.each([
    ['an element that goes on', [1, 2], [1, 22]],
    ['an element that ends as another', [1, 2], [12, 2]],
    ['brackets and quotes in texts', [{ x: '],[{"' }, a], [{ x: '],[{"' }, { x: '\\"],\\' }, a]],
    ['lists in lists', [[1, [2]], a], [[1, [3]], a]],
    ['a text that looks like the list', [a], [a, { x: '"endpoints":[1]' }]],
    ['letters of several bytes', [{ x: 'é→𝄞' }, a], [{ x: 'é→𝄟' }, a]],
    ['the word that stands for the list', [a, 'fairlead:list'], ['fairlead:list']],
    ['null', [null, a], [null, null, a]],
  ])('%s', (_, before, now) => {
    decodeAll([before, now, before].map((endpoints) => lineOf({ endpoints })));
  });

  test.each([
    ['that lose the list', { endpoints: null }],
    ['that have a list in its place that is not one', { endpoints: { endpoints: [a, b] } }],
    ['whose end changed', { endpoints: [a, b], more: { ports: [{ port: 2 }] } }],
    [
      'with another list of that name before',
      { endpoints: [a, b], more: { metadata: { name: 'a', filler, endpoints: [a] } } },
    ],
    [
      'with a key that ends like the name',
      { endpoints: [a], more: { metadata: { name: 'a', filler, 'x"endpoints': [a, b] } } },
    ],
  ])('%s are parsed as a whole', (_, odd) => {
    const plain = lineOf({ endpoints: [a, b] });
    decodeAll([plain, lineOf(odd), plain, lineOf(odd), lineOf(odd), plain]);
  });

  test('with two lists of that name: the last one holds, as everywhere', () => {
    const twice = (first: string, last: string): Buffer =>
      Buffer.from(
        `{"type":"MODIFIED","object":{"metadata":{"name":"a","f":"${filler}"},"endpoints":[${first}],"endpoints":[${last}]}}`,
      );
    decodeAll([twice('1,2', '3,4'), twice('1,5', '3,4'), twice('1', '3,6'), lineOf({ endpoints: [1] })]);
  });

  test.each(['[1,,2]', '[1,2', '[,1,2]', '[1,]', '[1 2]', '[1],2]'])('%s is no JSON after all', (list) => {
    const decode = createLineDecoder('endpoints');
    decode(lineOf({ endpoints: [1, 2] }));
    const broken = lineOf({ endpoints: 'HERE' }).toString().replace('"HERE"', list);
    expect(() => decode(Buffer.from(broken))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  test('are not kept in the reader’s buffer, which is used again', () => {
    const decode = createLineDecoder('endpoints');
    const line = lineOf({ endpoints: [a, b] });
    const copy = Buffer.from(line);
    const { endpoints } = (decode(line) as Decoded).object;
    line.fill(0x20);
    expect(kept(endpoints, (decode(copy) as Decoded).object.endpoints)).toEqual([true, true]);
  });
});

test('objects do not mix', () => {
  const lists = [
    ['1', '2'],
    ['3', '2'],
  ].map((hosts) => hosts.map((host) => endpoint(host)));
  const [first = [], second = []] = decodeAll(
    ['a', 'b'].map((name, index) => lineOf({ name, endpoints: lists[index] })),
  );
  expect(kept(first, second)).toEqual([false, false]);
});

test('the hundred objects that changed last are kept, and only changes are', () => {
  const decode = createLineDecoder('endpoints');
  const endpoints = [endpoint('1')];
  const [old = []] = decodeAll([lineOf({ name: 'old', endpoints })], decode);
  const [added = []] = decodeAll([lineOf({ name: 'added', endpoints, type: 'ADDED' })], decode);
  expect(kept(added, decodeAll([lineOf({ name: 'added', endpoints })], decode)[0] ?? [])).toEqual([false]);
  for (let index = 0; index < 99; index++) decode(lineOf({ name: `${index}`, endpoints }));
  expect(kept(old, decodeAll([lineOf({ name: 'old', endpoints })], decode)[0] ?? [])).toEqual([false]);
});

test('gives what JSON.parse gives, whatever changes', () => {
  const element = fc.oneof(
    fc.constantFrom(endpoint('1'), endpoint('2'), endpoint('1', false), 1, 12, 2, '],[', '"', '\\', null),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const lists = fc.array(fc.array(element, { maxLength: 6 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(lists, fc.array(fc.constantFrom('a', 'b')), (all, names) => {
      decodeAll(all.map((endpoints, index) => lineOf({ endpoints, name: names[index] })));
    }),
  );
});
