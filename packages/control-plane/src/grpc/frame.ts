import { CODES, type Status } from './status.js';

/** "Compressed-Flag (one byte), Message-Length (four bytes)" stand before each message. */
export const HEADER_BYTES = 5;

/** Writes the header for a message of so many bytes to the start of a buffer: it is not compressed. */
export function writeHeader(frame: Buffer, messageBytes: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(messageBytes, 1);
}

export interface MessageListener {
  message(bytes: Buffer): void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Cuts the bytes of a stream into messages. What it holds is at most twice what it was sent of the message that has begun,
 * whatever pieces that came in: a piece of one byte is an object of two hundred.
 */
export class MessageReader {
  readonly #mostBytes: number;
  /** Starts with the beginning of a message whose end has not come. */
  #held = NOTHING;
  #heldBytes = 0;
  /** Of the message that has begun, with its header; that of a header alone while it is not known. */
  #wantedBytes = HEADER_BYTES;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Takes further bytes, and tells of views of them; returns how the call has to end when they cannot be read. */
  push(chunk: Buffer, listener: MessageListener): Status | undefined {
    if (this.#heldBytes === 0) return this.#read(chunk, listener);
    this.#hold(chunk);
    if (this.#heldBytes < this.#wantedBytes) return undefined;
    const bytes = this.#held.subarray(0, this.#heldBytes);
    this.#held = NOTHING;
    this.#heldBytes = 0;
    return this.#read(bytes, listener);
  }

  #hold(chunk: Buffer): void {
    const bytes = this.#heldBytes + chunk.length;
    if (bytes > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#held.length));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #read(bytes: Buffer, listener: MessageListener): Status | undefined {
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
      listener.message(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at === bytes.length) return undefined;
    this.#hold(bytes.subarray(at));
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
