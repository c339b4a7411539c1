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

/** The longest varint of protobuf (bytes). */
const MOST_VARINT = 10;

/**
 * Walks over the fields of a message in place. By hand, because every change is answered by every client with a request:
 * the reader of the protobuf runtime takes three times as long for it. Throws RangeError where bytes are no message.
 */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number of the next field that holds bytes, which must then be read; 0 at the end. Other fields are passed over. */
  next(): number {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const tag = this.#varint();
      const number = Math.floor(tag / 8);
      if (number === 0) throw new RangeError('a field has the number 0');
      const wireType = tag % 8;
      if (wireType === LENGTH) return number;
      if (wireType === 0) this.#varint();
      else if (wireType === 1) this.#pass(8);
      else if (wireType === 5) this.#pass(4);
      else throw new RangeError(`field ${number} has the wire type ${wireType}`);
    }
    return 0;
  }

  /** A view of the field's bytes. */
  bytes(): Buffer {
    const start = this.#begin();
    return this.#bytes.subarray(start, this.#at);
  }

  /** The field as text; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    const start = this.#begin();
    return this.#bytes.toString('utf8', start, this.#at);
  }

  skip(): void {
    this.#begin();
  }

  /** Passes over length and content; returns where the content starts. */
  #begin(): number {
    const length = this.#varint();
    const start = this.#at;
    this.#pass(length);
    return start;
  }

  #pass(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new RangeError('a field is cut off');
  }

  /** What is beyond 2^53 is no tag and no length, and need not be exact. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    for (let n = 0; n < MOST_VARINT; n++) {
      const byte = bytes[this.#at];
      if (byte === undefined) throw new RangeError('a number is cut off');
      this.#at += 1;
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new RangeError('a number does not end');
  }
}
