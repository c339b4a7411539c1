/** `fairlead.echo.v1.SayRequest` of echo.proto. */
export interface SayRequest {
  readonly text: string;
}

/** `fairlead.echo.v1.SayReply` of echo.proto. */
export interface SayReply {
  readonly text: string;
  /** Name of the pod that answered. */
  readonly pod: string;
}

/** Wire type of strings, bytes and messages. */
const LENGTH_DELIMITED = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** A string field; the empty string is proto3's default and is left out. */
function stringField(number: number, text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const head = Buffer.from([(number << 3) | LENGTH_DELIMITED, ...varint(bytes.length)]);
  return bytes.length === 0 ? [] : [head, bytes];
}

/** Reads varints and skips fields of a message. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; scale *= 128, count++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('echo message: truncated varint');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error('echo message: varint of more than 10 bytes');
  }

  /** The bytes of a length-delimited field. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('echo message: truncated field');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

/** The string fields of a message by number; unknown fields of any wire type are skipped. */
function stringFields(bytes: Uint8Array): Map<number, string> {
  const reader = new Reader(bytes);
  const fields = new Map<number, string>();
  while (!reader.done) {
    const tag = reader.varint();
    const wireType = tag % 8;
    if (wireType === LENGTH_DELIMITED) {
      const value = reader.take(reader.varint());
      fields.set(Math.floor(tag / 8), Buffer.from(value).toString());
    } else if (wireType === 0) reader.varint();
    else if (wireType === 1) reader.take(8);
    else if (wireType === 5) reader.take(4);
    else throw new Error(`echo message: wire type ${wireType} is not known`);
  }
  return fields;
}

export const encodeSayRequest = ({ text }: SayRequest): Buffer => Buffer.concat(stringField(1, text));

export function decodeSayRequest(bytes: Uint8Array): SayRequest {
  return { text: stringFields(bytes).get(1) ?? '' };
}

export const encodeSayReply = ({ text, pod }: SayReply): Buffer =>
  Buffer.concat([...stringField(1, text), ...stringField(2, pod)]);

export function decodeSayReply(bytes: Uint8Array): SayReply {
  const fields = stringFields(bytes);
  return { text: fields.get(1) ?? '', pod: fields.get(2) ?? '' };
}
