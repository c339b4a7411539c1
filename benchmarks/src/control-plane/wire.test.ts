import { describe, expect, it } from 'vitest';
import { eachField, field } from './protobuf.js';
import { framed, messageReader, nameOf, readResponse, requestsOf, unwrap } from './wire.js';

const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

function fieldsOf(framedMessage: Buffer): [number, string][] {
  const fields: [number, string][] = [];
  eachField(framedMessage.subarray(5), (number, value) => fields.push([number, value.toString()]));
  return fields;
}

describe('messages of protobuf', () => {
  it('are read field by field, of any length, and numbers between them are skipped', () => {
    const long = 'x'.repeat(300);
    const numbers = Buffer.from([
      8 * 3,
      0x80,
      0x01,
      8 * 4 + 5,
      0,
      0,
      0,
      0,
      8 * 5 + 1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
    const fields: [number, number][] = [];
    eachField(Buffer.concat([field(1, long), numbers, field(20, 'y')]), (number, { length }) =>
      fields.push([number, length]),
    );
    expect(fields).toEqual([
      [1, 300],
      [20, 1],
    ]);
  });

  it.each([[[0x0a, 5, 1]], [[0x80]], [[0x0b]]])('that are none are refused: %j', (bytes) => {
    expect(() => eachField(Buffer.from(bytes), () => {})).toThrow(RangeError);
  });
});

describe('a stream of bytes', () => {
  it('is cut into the same messages wherever its chunks end', () => {
    const bytes = Buffer.concat(['', 'a', 'bc'.repeat(100)].map((text) => framed(Buffer.from(text))));
    for (const size of [1, 4, 5, 7, 100, bytes.length]) {
      const messages: string[] = [];
      const read = messageReader((message) => messages.push(message.toString()));
      for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
      expect(messages).toEqual(['', 'a', 'bc'.repeat(100)]);
    }
  });
});

describe('requests', () => {
  it('of state of the world repeat the names when they accept', () => {
    const { first, accept } = requestsOf('sotw', 'endpoints', ['a', 'b']);
    expect(fieldsOf(first('me')).map(([number]) => number)).toEqual([2, 3, 3, 4]);
    expect(fieldsOf(accept({ version: 'v', nonce: '7' }))).toEqual([
      [1, 'v'],
      [3, 'a'],
      [3, 'b'],
      [4, ENDPOINTS],
      [5, '7'],
    ]);
  });

  it('that are incremental accept without names, which would ask for them again', () => {
    const { first, accept } = requestsOf('delta', 'endpoints', ['a']);
    expect(fieldsOf(first())).toEqual([
      [3, 'a'],
      [2, ENDPOINTS],
    ]);
    expect(fieldsOf(accept({ version: 'v', nonce: '7' }))).toEqual([
      [2, ENDPOINTS],
      [6, '7'],
    ]);
  });
});

describe('responses', () => {
  const assignment = field(1, 'serv');
  const any = Buffer.concat([field(1, ENDPOINTS), field(2, assignment)]);
  const response = (resource: Buffer): Buffer =>
    Buffer.concat([field(1, 'v'), field(2, resource), field(4, ENDPOINTS), field(5, '3')]);

  it.each([
    ['sotw', any],
    ['delta', Buffer.concat([field(3, 'serv'), field(1, 'v'), field(2, any)])],
  ] as const)('of %s hold resources with names', (protocol, resource) => {
    const { type, version, nonce, resources } = readResponse(response(resource));
    expect([type, version, nonce]).toEqual(['endpoints', 'v', '3']);
    expect(resources.map((each) => nameOf(unwrap(protocol, each)))).toEqual(['serv']);
  });

  it('of a type that nobody asked for are refused', () => {
    expect(() => readResponse(field(4, 'x'))).toThrow('a response of type "x" was not asked for');
  });
});
