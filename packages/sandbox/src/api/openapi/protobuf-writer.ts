const LENGTH_DELIMITED = 2;
const VARINT = 0;

/** A length-delimited field that holds these parts, one after the other: a message of fields. */
export function bytesField(number: number, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint((number << 3) | LENGTH_DELIMITED), varint(length), ...parts]);
}

/** A field that holds text. */
export function textField(number: number, text: string): Buffer {
  return bytesField(number, Buffer.from(text));
}

/** A field that is true. */
export function flagField(number: number): Buffer {
  return Buffer.concat([varint((number << 3) | VARINT), varint(1)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
