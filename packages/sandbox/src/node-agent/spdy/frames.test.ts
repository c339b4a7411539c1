import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  dataFrame,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  replyFrame,
  resetFrame,
  SpdyError,
} from './frames.js';

const readAll = (...chunks: Buffer[]): Frame[] => {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
};

/** A frame with a head of the kind of SYN_STREAM. */
const control = (type: number, body: Buffer, flags = 0, version = 3): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(body.length, 4);
  head[4] = flags;
  return Buffer.concat([head, body]);
};
const bytes = (...values: number[]): Buffer => Buffer.from(values);

it.each<[string, Buffer, Frame[]]>([
  [
    'SYN_STREAM',
    control(1, bytes(0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 7, 8), 3),
    [{ kind: 'synStream', streamId: 5, headers: bytes(7, 8), last: true, oneWay: true }],
  ],
  ['SYN_REPLY', replyFrame(3, bytes(9)), [{ kind: 'headers', streamId: 3, headers: bytes(9), last: false }]],
  ['RST_STREAM', resetFrame(7, 5), [{ kind: 'rstStream', streamId: 7 }]],
  ['SETTINGS', control(4, bytes(0, 0, 0, 0)), []],
  ['PING', pingFrame(0xfffffffe), [{ kind: 'ping', id: 0xfffffffe }]],
  ['GOAWAY', goAwayFrame(9), [{ kind: 'goAway' }]],
  [
    'HEADERS',
    control(8, bytes(0, 0, 0, 5), 1),
    [{ kind: 'headers', streamId: 5, headers: bytes(), last: true }],
  ],
  ['WINDOW_UPDATE', control(9, bytes(0, 0, 0, 5, 0, 0, 0, 1)), []],
  [
    'an empty last DATA',
    Buffer.concat(dataFrame(5, bytes(), true)),
    [{ kind: 'data', streamId: 5, data: bytes(), last: true }],
  ],
])('reads %s', (_name, frame, expected) => {
  expect(readAll(frame)).toEqual(expected);
});

it.each<[string, Buffer]>([
  ['another version', control(6, bytes(0, 0, 0, 1), 0, 2)],
  ['a SYN_STREAM that ends too early', control(1, bytes(0, 0, 0, 1))],
  ['a PING without a number', control(6, bytes(0, 0, 1))],
  ['a control frame of a megabyte', control(8, Buffer.alloc(1 << 20)).subarray(0, 8)],
])('refuses %s', (_name, frame) => {
  expect(() => readAll(frame)).toThrow(SpdyError);
});

/** Pieces of data that belong together as one. */
function joined(frames: readonly Frame[]): unknown[] {
  const out: { key: string; data: string }[] = [];
  let open = '';
  for (const frame of frames) {
    if (frame.kind !== 'data') {
      out.push({ key: frame.kind, data: JSON.stringify(frame) });
      open = '';
      continue;
    }
    const key = `data ${frame.streamId}`;
    if (open === key) out.at(-1)!.data += frame.data.toString('hex');
    else out.push({ key, data: frame.data.toString('hex') });
    if (frame.last) out.push({ key: 'last', data: '' });
    open = frame.last ? '' : key;
  }
  return out;
}

it('reads the same however the bytes are cut', () => {
  const frame = fc.oneof(
    fc
      .record({ id: fc.nat(5), data: fc.uint8Array({ maxLength: 40 }), last: fc.boolean() })
      .map(({ id, data, last }) => Buffer.concat(dataFrame(id, Buffer.from(data), last))),
    fc.nat(9).map(pingFrame),
    fc.uint8Array({ maxLength: 20 }).map((body) => control(1, Buffer.concat([Buffer.alloc(10), body]))),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(400)), (frames, cuts) => {
      const all = Buffer.concat(frames);
      const at = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b), all.length];
      const pieces = at.slice(1).map((to, index) => all.subarray(at[index], to));
      expect(joined(readAll(...pieces))).toEqual(joined(readAll(all)));
    }),
  );
});
