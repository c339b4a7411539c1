/** Wire type 2 of protobuf: strings, bytes, messages. */
const LENGTH = 2;

/** Bytes of an unsigned integer below 2^53 as protobuf writes it: seven bits each, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return bytes;
}

/** A field that holds a number, with its tag. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.from([...varint(number * 8), ...varint(value)]);
}

/** A field that holds bytes or a message in so many parts, with its tag and length. */
export function lengthField(number: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  return Buffer.concat([Buffer.from([...varint(number * 8 + LENGTH), ...varint(length)]), ...parts]);
}

/** A field that holds text; nothing for the empty text, as proto3 wants it. */
export function textField(number: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : lengthField(number, Buffer.from(text));
}
