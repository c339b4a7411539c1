/** Length (3 bytes), type, flags, stream (RFC 9113, 4.1). */
const FRAME_HEADER_BYTES = 9;
const DATA = 0;
const RST_STREAM = 3;
const END_STREAM = 0x1;
const PADDED = 0x8;
/** What a client begins with (RFC 9113, 3.4). */
const PREFACE_BYTES = 24;
/** Whether it is compressed, and its length: before each gRPC message. */
const MESSAGE_HEADER_BYTES = 5;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Reads the gRPC messages of one direction of an HTTP/2 connection in clear text. */
export class MessageReader {
  readonly #onMessage: (bytes: Buffer) => void;
  /** Of each stream what has come of a message that is not complete. */
  readonly #parts = new Map<number, Buffer>();
  #rest: Buffer = Buffer.alloc(0);
  #skip: number;

  /** `from`: who speaks; a client begins with the preface. */
  constructor(from: 'client' | 'server', onMessage: (bytes: Buffer) => void) {
    this.#skip = from === 'client' ? PREFACE_BYTES : 0;
    this.#onMessage = onMessage;
  }

  /** Takes what came next, cut anywhere. Throws for a compressed message. */
  push(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#rest = Buffer.concat([this.#rest, bytes.subarray(skipped)]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) this.#take(frame);
  }

  #next(): Frame | undefined {
    const rest = this.#rest;
    if (rest.length < FRAME_HEADER_BYTES) return undefined;
    const end = FRAME_HEADER_BYTES + rest.readUIntBE(0, 3);
    if (rest.length < end) return undefined;
    this.#rest = rest.subarray(end);
    const [type, flags] = [rest.readUInt8(3), rest.readUInt8(4)];
    return { type, flags, stream: rest.readUInt32BE(5), payload: rest.subarray(FRAME_HEADER_BYTES, end) };
  }

  #take({ type, flags, stream, payload }: Frame): void {
    if (type === DATA) this.#data(stream, (flags & PADDED) === 0 ? payload : unpadded(payload));
    if (type === RST_STREAM || (type <= 1 && (flags & END_STREAM) !== 0)) this.#parts.delete(stream);
  }

  #data(stream: number, bytes: Buffer): void {
    let part = Buffer.concat([this.#parts.get(stream) ?? Buffer.alloc(0), bytes]);
    while (part.length >= MESSAGE_HEADER_BYTES) {
      const end = MESSAGE_HEADER_BYTES + part.readUInt32BE(1);
      if (part.length < end) break;
      if (part.readUInt8(0) !== 0) throw new Error('a gRPC message is compressed: it cannot be read here');
      this.#onMessage(part.subarray(MESSAGE_HEADER_BYTES, end));
      part = part.subarray(end);
    }
    this.#parts.set(stream, part);
  }
}

function unpadded(payload: Buffer): Buffer {
  return payload.subarray(1, payload.length - payload.readUInt8(0));
}
