import { expect, it } from 'vitest';
import { MessageReader } from './frames.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(
  type: number,
  flags: number,
  { stream, payload }: { stream: number; payload: Buffer },
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function message(text: string, compressed = 0): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(compressed, 0);
  header.writeUInt32BE(text.length, 1);
  return Buffer.concat([header, Buffer.from(text)]);
}

const data = (stream: number, payload: Buffer, flags = 0): Buffer => frame(0, flags, { stream, payload });
const settings = frame(4, 0, { stream: 0, payload: Buffer.alloc(6) });

function read(bytes: Buffer, pieces: number, from: 'client' | 'server' = 'server'): string[] {
  const found: string[] = [];
  const reader = new MessageReader(from, (each) => found.push(each.toString()));
  for (let at = 0; at < bytes.length; at += pieces) reader.push(bytes.subarray(at, at + pieces));
  return found;
}

it.each([1, 2, 7, 1_000])('reads messages of several streams that come in pieces of %s bytes', (pieces) => {
  const long = message('a message in two frames');
  const bytes = Buffer.concat([
    ...[settings, data(1, Buffer.concat([message('one'), message('')]))],
    ...[data(3, long.subarray(0, 9)), data(1, message('two')), data(3, long.subarray(9))],
  ]);
  expect(read(bytes, pieces)).toEqual(['one', '', 'two', 'a message in two frames']);
  expect(read(Buffer.concat([PREFACE, bytes]), pieces, 'client')).toHaveLength(4);
});

it('leaves padding out', () => {
  const padded = Buffer.concat([Buffer.from([3]), message('one'), Buffer.alloc(3)]);
  expect(read(data(1, padded, 0x8), 4)).toEqual(['one']);
});

it('forgets what a stream that ended has left incomplete', () => {
  const half = data(1, message('never ended').subarray(0, 8));
  for (const end of [data(1, Buffer.alloc(0), 0x1), frame(3, 0, { stream: 1, payload: Buffer.alloc(4) })])
    expect(read(Buffer.concat([half, end, data(1, message('one'))]), 100)).toEqual(['one']);
});

it('does not take compressed bytes for a message', () => {
  expect(() => read(data(1, message('one', 1)), 100)).toThrow(/compressed/);
});
