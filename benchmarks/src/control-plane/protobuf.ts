/** Wire type 2 of protobuf: text, bytes, messages. */
const LENGTH = 2;
/** Lengths in bytes of the wire types that are skipped: fixed64 and fixed32. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A field of text or bytes, with its tag and length. */
export function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([...varint(number * 8 + LENGTH), ...varint(bytes.length)]), bytes]);
}

/** Calls back for each field of text or bytes of a message, in order; others are skipped. Throws on what is no message. */
export function eachField(message: Buffer, onField: (number: number, value: Buffer) => void): void {
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a message ends in the middle of a number');
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = read();
    const type = tag & 7;
    if (type === LENGTH) {
      const length = read();
      if (at + length > message.length) throw new RangeError('a message ends in the middle of a field');
      onField(Math.floor(tag / 8), message.subarray(at, at + length));
      at += length;
    } else if (type === 0) read();
    else {
      const fixed = FIXED[type];
      if (fixed === undefined) throw new RangeError(`wire type ${type} is unknown`);
      at += fixed;
    }
  }
}
