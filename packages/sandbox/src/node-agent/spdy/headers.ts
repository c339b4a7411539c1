import { constants, createInflate, type Inflate } from 'node:zlib';
import { HEADER_DICTIONARY } from './dictionary.js';
import { SpdyError } from './frames.js';

/** Headers of a stream; names are in lower case, values of one name are joined by NUL. */
export type Headers = ReadonlyMap<string, string>;

/** More is refused (bytes, decompressed): a small block can swell a thousandfold. */
const MOST_HEADER_BYTES = 64 * 1024;

/** Decompresses the header blocks of one direction of a connection: they share one stream of zlib. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({
    dictionary: HEADER_DICTIONARY,
    flush: constants.Z_SYNC_FLUSH,
  });
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor() {
    this.#inflate.on('data', (part: Buffer) => {
      this.#bytes += part.length;
      if (this.#bytes > MOST_HEADER_BYTES) {
        this.#inflate.destroy(new SpdyError(`headers of more than ${MOST_HEADER_BYTES} bytes`));
        return;
      }
      this.#parts.push(part);
    });
    // Told to whoever waits for the block.
    this.#inflate.on('error', () => {});
  }

  /** Reads the next block. Rejects with SpdyError; then no further block can be read. One call at a time. */
  async read(block: Buffer): Promise<Headers> {
    this.#parts = [];
    this.#bytes = 0;
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => {
        this.#inflate.off('close', closed);
        if (error) reject(error instanceof SpdyError ? error : new SpdyError(`headers: ${error.message}`));
        else resolve();
      };
      const closed = (): void =>
        done(this.#inflate.errored ?? new SpdyError('headers: the connection is closed'));
      this.#inflate.once('close', closed);
      this.#inflate.write(block, (error) => done(error));
    });
    return parseHeaders(Buffer.concat(this.#parts));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

/** Number of pairs, then length and text of each name and value (§2.6.10). */
function parseHeaders(block: Buffer): Headers {
  let at = 0;
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError('headers: they end too early');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > block.length) throw new SpdyError('headers: they end too early');
    at += length;
    return block.toString('latin1', at - length, at);
  };
  const headers = new Map<string, string>();
  const pairs = number();
  for (let pair = 0; pair < pairs; pair++) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

/** zlib's head: deflate, a window of 32 KiB, no dictionary (RFC 1950). */
const ZLIB_HEAD = Buffer.of(0x78, 0x01);
/** A stored block of four bytes, no headers, and an empty one, at which readers hand out what they have (RFC 1951 §3.2.4). */
const NO_HEADERS = Buffer.of(0x00, 0x04, 0x00, 0xfb, 0xff, 0, 0, 0, 0, 0x00, 0x00, 0x00, 0xff, 0xff);

/** Header blocks without headers: all that a server of streams has to say. */
export class EmptyHeaders {
  #first = true;

  next(): Buffer {
    const block = this.#first ? Buffer.concat([ZLIB_HEAD, NO_HEADERS]) : NO_HEADERS;
    this.#first = false;
    return block;
  }
}
