import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, MessageReader, writeHeader } from './frame.js';

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + message.length);
  writeHeader(frame, message.length);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** What a reader finds in chunks, and how it ended. */
function read(chunks: readonly Buffer[], mostBytes = 1_000) {
  const messages: string[] = [];
  const reader = new MessageReader(mostBytes);
  const listener = { message: (message: Buffer) => void messages.push(message.toString('hex')) };
  for (const chunk of chunks) {
    const refusal = reader.push(chunk, listener);
    if (refusal !== undefined) return { messages, refusal };
  }
  return { messages, refusal: undefined };
}

/** Bytes in pieces of these lengths, over and over. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** What this process holds (bytes), without what nobody refers to. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('MessageReader', () => {
  it('finds the messages of a stream, however it is cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(messages, lengths, (sent, pieces) => {
        const found = read(cut(Buffer.concat(sent.map(framed)), pieces));
        expect(found).toEqual({
          messages: sent.map((message) => Buffer.from(message).toString('hex')),
          refusal: undefined,
        });
      }),
    );
  });

  it('refuses a message that is too long by its header, before it comes', () => {
    const header = framed(Buffer.alloc(11)).subarray(0, HEADER_BYTES);
    expect(read([framed(Buffer.alloc(10)), header], 10)).toMatchObject({
      messages: ['00'.repeat(10)],
      refusal: { code: 8, details: 'a message of 11 bytes: at most 10 are accepted' },
    });
  });

  it('refuses a message that is compressed', () => {
    expect(read([Buffer.from([1, 0, 0, 0, 0])]).refusal?.code).toBe(12);
  });

  it('does not hold many times what it was sent, when a message comes byte by byte', () => {
    const pieces = 100_000;
    const messages: string[] = [];
    const reader = new MessageReader(pieces);
    const listener = { message: (message: Buffer) => void messages.push(message.toString()) };
    const header = Buffer.alloc(HEADER_BYTES);
    writeHeader(header, pieces);
    reader.push(header, listener);
    const before = heldBytes();
    for (let n = 1; n < pieces; n++) reader.push(Buffer.allocUnsafeSlow(1).fill('x'), listener);
    expect(heldBytes() - before).toBeLessThan(20 * pieces);
    reader.push(Buffer.from('x'), listener);
    expect(messages).toEqual(['x'.repeat(pieces)]);
  });
});
