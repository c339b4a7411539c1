import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerError } from '../errors.js';
import {
  decodeListRequest,
  decodeListResponse,
  decodeRequest,
  decodeResponse,
  encodeListRequest,
  encodeListResponse,
  encodeRequest,
  encodeResponse,
  SERVING_STATUSES,
} from './codec.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('health codec', () => {
  it.each([
    ['', ''],
    ['a.B', '0a 03 61 2e 42'],
    ['é', '0a 02 c3 a9'],
    ['x'.repeat(200), `0a c8 01 ${'78'.repeat(200)}`],
  ])('writes the request for %j', (service, bytes) => {
    expect(encodeRequest({ service })).toEqual(hex(bytes));
    expect(decodeRequest(hex(bytes))).toEqual({ service });
  });

  it.each([
    ['UNKNOWN', ''],
    ['SERVING', '08 01'],
    ['NOT_SERVING', '08 02'],
    ['SERVICE_UNKNOWN', '08 03'],
  ] as const)('writes the status %s', (status, bytes) => {
    expect(encodeResponse({ status })).toEqual(hex(bytes));
    expect(decodeResponse(hex(bytes))).toEqual({ status });
  });

  it.each([
    ['an explicit zero', '08 00', 'UNKNOWN'],
    ['a status of a later version', '08 09', 'UNKNOWN'],
    ['a negative number', '08 ff ff ff ff ff ff ff ff ff 01', 'UNKNOWN'],
    ['the last of two', '08 01 08 02', 'NOT_SERVING'],
    [
      'unknown fields of every kind',
      '12 02 08 01 18 05 21 00 00 00 00 00 00 00 00 2d 00 00 00 00 08 01',
      'SERVING',
    ],
    ['a field of the wrong wire type', '0a 01 02', 'UNKNOWN'],
  ])('reads %s', (_what, bytes, status) => {
    expect(decodeResponse(hex(bytes))).toEqual({ status });
  });

  it.each([
    ['a cut number', '08'],
    ['a cut string', '0a 05 61'],
    ['a cut fixed64', '21 00 00'],
    ['a cut fixed32', '2d 00'],
    ['an endless number', '08 ff ff ff ff ff ff ff ff ff ff 01'],
    ['field number 0', '00 01'],
    ['a group', '0b'],
    ['a huge length', '0a ff ff ff ff ff ff ff ff 7f 00'],
  ])('refuses %s', (_what, bytes) => {
    for (const decode of [decodeRequest, decodeResponse, decodeListRequest, decodeListResponse]) {
      expect(() => decode(hex(bytes))).toThrow(ServerError);
      expect(() => decode(hex(bytes))).toThrow(/^malformed grpc.health.v1 message: /);
    }
  });

  it('reads back every list that it writes', () => {
    const statuses = fc.array(
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom(...SERVING_STATUSES)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(statuses, (entries) => {
        const list = new Map(entries.map(([service, status]) => [service, { status }]));
        expect(decodeListResponse(encodeListResponse({ statuses: list })).statuses).toEqual(list);
      }),
      { seed: 3 },
    );
    expect(decodeListRequest(encodeListRequest())).toEqual({});
  });

  it('never does anything with random bytes but read or refuse them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const { status } = decodeResponse(bytes);
          expect(SERVING_STATUSES).toContain(status);
        } catch (error) {
          expect(error).toBeInstanceOf(ServerError);
        }
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});
