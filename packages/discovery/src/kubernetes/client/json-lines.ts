import { DiscoveryError } from '../../errors.js';

const NEWLINE = 0x0a;
/** Room that is kept from line to line; more was for one long line and is given back. */
const KEPT_BYTES = 256 * 1024;

/** The bytes of a line whose end has not come. They are copied, so that a line in a million pieces holds no million buffers. */
class Beginning {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** The line with its last piece; valid until the next `add()`. */
  end(piece: Buffer): Buffer {
    if (this.#length === 0) return piece;
    this.add(piece);
    const line = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(0);
    return line;
  }
}

/** Parses one line. Throws PROTOCOL. */
export function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // Neither the line nor the parser's error, which quotes it: a watch may carry Secrets.
    throw new DiscoveryError('PROTOCOL', `a watch line of ${line.length} bytes is not JSON`);
  }
}

const blank = (line: Buffer): boolean => line.every((byte) => byte <= 0x20);

/**
 * Decodes a stream of JSON values, one a line. Lines are cut as bytes, so that a character split over two chunks
 * stays whole. Throws PROTOCOL for a line that is too long, not JSON, or cut off by the end of the stream. `decode`
 * gets a line that is valid until it returns.
 */
export async function* jsonLines(
  source: AsyncIterable<Buffer>,
  maxLineBytes: number,
  decode: (line: Buffer) => unknown = parseLine,
): AsyncGenerator<unknown> {
  const beginning = new Beginning();
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      checkLength(beginning.length + end - start, maxLineBytes);
      const line = beginning.end(chunk.subarray(start, end));
      start = end + 1;
      if (!blank(line)) yield decode(line);
    }
    if (start < chunk.length) {
      checkLength(beginning.length + chunk.length - start, maxLineBytes);
      beginning.add(chunk.subarray(start));
    }
  }
  const last = beginning.end(Buffer.alloc(0));
  if (!blank(last)) yield decode(last);
}

function checkLength(bytes: number, maxLineBytes: number): void {
  if (bytes > maxLineBytes) {
    throw new DiscoveryError('PROTOCOL', `a watch line is longer than ${maxLineBytes} bytes`);
  }
}
