import { CODES, type Status } from './status.js';

/** "Compressed-Flag (one byte), Message-Length (four bytes)" stand before each message. */
export const HEADER_BYTES = 5;

/** Writes the header for a message of so many bytes to the start of a buffer: it is not compressed. */
export function writeHeader(frame: Buffer, messageBytes: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(messageBytes, 1);
}

/** Cuts the bytes of a stream into messages. What it holds is bounded by the longest message that is accepted. */
export class MessageReader {
  readonly #mostBytes: number;
  readonly #onMessage: (message: Buffer) => void;
  /** The beginning of a message whose end has not come. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Of the message that has begun, with its header; that of a header alone while it is not known. */
  #wantedBytes = HEADER_BYTES;

  /** `onMessage` gets a view of the bytes that were pushed. */
  constructor(mostBytes: number, onMessage: (message: Buffer) => void) {
    this.#mostBytes = mostBytes;
    this.#onMessage = onMessage;
  }

  /** Takes further bytes; returns how the call has to end when they cannot be read. */
  push(chunk: Buffer): Status | undefined {
    let rest = chunk;
    if (this.#heldBytes > 0) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes < this.#wantedBytes) return undefined;
      rest = Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    return this.#read(rest);
  }

  #read(bytes: Buffer): Status | undefined {
    let at = 0;
    for (;;) {
      this.#wantedBytes = HEADER_BYTES;
      if (bytes.length - at >= HEADER_BYTES) {
        const length = bytes.readUInt32BE(at + 1);
        const refusal = this.#refusalOf(bytes[at] as number, length);
        if (refusal !== undefined) return refusal;
        this.#wantedBytes += length;
      }
      const end = at + this.#wantedBytes;
      if (bytes.length < end) break;
      this.#onMessage(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at === bytes.length) return undefined;
    this.#held = [at === 0 ? bytes : bytes.subarray(at)];
    this.#heldBytes = bytes.length - at;
    return undefined;
  }

  #refusalOf(flag: number, length: number): Status | undefined {
    // No encoding but identity is offered, and clients compress only what they are offered.
    if (flag !== 0) return { code: CODES.unimplemented, details: 'messages must not be compressed' };
    if (length <= this.#mostBytes) return undefined;
    const details = `a message of ${length} bytes: at most ${this.#mostBytes} are accepted`;
    return { code: CODES.resourceExhausted, details };
  }
}
