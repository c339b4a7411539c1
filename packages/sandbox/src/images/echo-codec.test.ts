import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSayReply, decodeSayRequest, encodeSayReply, encodeSayRequest } from './echo-codec.js';

it('gives back what it encodes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, pod) => {
      expect(decodeSayRequest(encodeSayRequest({ text }))).toEqual({ text });
      expect(decodeSayReply(encodeSayReply({ text, pod }))).toEqual({ text, pod });
    }),
  );
});

it('writes the bytes of the proto3 wire format', () => {
  expect(encodeSayReply({ text: 'hi', pod: 'p' }).toString('hex')).toBe('0a026869120170');
  expect(encodeSayReply({ text: '', pod: '' })).toHaveLength(0);
});

it('skips fields that it does not know, of every wire type', () => {
  const known = encodeSayRequest({ text: 'x'.repeat(300) });
  const others = Buffer.from([
    0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 9, 9, 0x2d, 1, 2, 3, 4,
  ]);
  expect(decodeSayRequest(Buffer.concat([others, known, others]))).toEqual({ text: 'x'.repeat(300) });
  expect(decodeSayRequest(Buffer.alloc(0))).toEqual({ text: '' });
});

it.each([
  ['0a05', 'truncated field'],
  ['0a', 'truncated varint'],
  ['0affffffffffffffffffff01', 'varint of more than 10 bytes'],
  ['0b', 'wire type 3 is not known'],
])('refuses the bytes %s', (hex, message) => {
  expect(() => decodeSayRequest(Buffer.from(hex, 'hex'))).toThrow(message);
});
