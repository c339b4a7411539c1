import type { Dice } from '../random.js';
import type { Form } from './form.js';

/** Numbers at the edges of their sizes. */
const EDGES: readonly number[] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff];
const WIDE_EDGES: readonly number[] = [0, 1, 0x7fff, 0x8000, 0xc00c, 0xffff];
/** Bytes that grew beyond this are cut. */
const MOST_BYTES = 300_000;

type BytesChange = (bytes: Buffer, dice: Dice, other: Buffer) => Buffer;

function splice(bytes: Buffer, at: number, length: number, put: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + length)]);
}

function part(bytes: Buffer, dice: Dice): { at: number; piece: Buffer } {
  const at = dice.below(bytes.length + 1);
  const length = dice.below((dice.once(3) ? bytes.length - at : Math.min(8, bytes.length - at)) + 1);
  return { at, piece: bytes.subarray(at, at + length) };
}

const CHANGES: readonly BytesChange[] = [
  (bytes, dice) => {
    const copy = Buffer.from(bytes);
    const at = dice.below(copy.length);
    if (copy.length > 0) copy[at] = copy[at]! ^ (1 << dice.below(8));
    return copy;
  },
  (bytes, dice) => splice(bytes, dice.below(bytes.length), 1, Buffer.of(dice.below(256))),
  (bytes, dice) => splice(bytes, dice.below(bytes.length), 1, Buffer.of(dice.pick(EDGES))),
  (bytes, dice) => {
    const wide = Buffer.alloc(2);
    wide.writeUInt16BE(dice.pick(WIDE_EDGES));
    return splice(bytes, dice.below(bytes.length), 2, wide);
  },
  (bytes, dice) => {
    const { at, piece } = part(bytes, dice);
    return splice(bytes, at, piece.length, Buffer.alloc(0));
  },
  (bytes, dice) => {
    const { at, piece } = part(bytes, dice);
    const copies = dice.pick([1, 1, 2, 16, 500]);
    return splice(bytes, at, 0, Buffer.concat(new Array<Buffer>(copies).fill(piece)));
  },
  (bytes, dice) => {
    const random = Buffer.from(Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)));
    return splice(bytes, dice.below(bytes.length + 1), dice.below(4), random);
  },
  (bytes, dice, other) => splice(bytes, dice.below(bytes.length + 1), 0, part(other, dice).piece),
  (bytes, dice, other) =>
    Buffer.concat([
      bytes.subarray(0, dice.below(bytes.length + 1)),
      other.subarray(dice.below(other.length + 1)),
    ]),
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
];

/** Inputs that are bytes; `words` are pieces that their readers know. Written as base64. */
export function bytesForm(words: readonly Buffer[] = []): Form<Buffer> {
  return {
    mutate(bytes, other, dice) {
      const known = words.length > 0 && dice.once(4);
      const changed = known
        ? splice(bytes, dice.below(bytes.length + 1), dice.below(3), dice.pick(words))
        : dice.pick(CHANGES)(bytes, dice, other);
      return changed.length > MOST_BYTES ? changed.subarray(0, MOST_BYTES) : changed;
    },
    write: (bytes) => bytes.toString('base64'),
    read: (line) => Buffer.from(line, 'base64'),
  };
}
