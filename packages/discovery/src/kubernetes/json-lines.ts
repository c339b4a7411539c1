import { DiscoveryError } from '../errors.js';

const NEWLINE = 0x0a;

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch (cause) {
    // The line itself stays out of the message: a watch may carry Secrets.
    throw new DiscoveryError('PROTOCOL', `a watch line of ${line.length} bytes is not JSON`, { cause });
  }
}

const blank = (line: Buffer): boolean => line.every((byte) => byte <= 0x20);

/**
 * Decodes a stream of JSON values, one a line. Lines are cut as bytes, so that a character split over two chunks
 * stays whole. Throws PROTOCOL for a line that is too long, not JSON, or cut off by the end of the stream.
 */
export async function* jsonLines(
  source: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<unknown> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      checkLength(held + end - start, maxLineBytes);
      const rest = chunk.subarray(start, end);
      const line = parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
      parts = [];
      held = 0;
      start = end + 1;
      if (!blank(line)) yield parse(line);
    }
    if (start < chunk.length) {
      parts.push(chunk.subarray(start));
      held += chunk.length - start;
      checkLength(held, maxLineBytes);
    }
  }
  const last = Buffer.concat(parts);
  if (!blank(last)) yield parse(last);
}

function checkLength(bytes: number, maxLineBytes: number): void {
  if (bytes > maxLineBytes) {
    throw new DiscoveryError('PROTOCOL', `a watch line is longer than ${maxLineBytes} bytes`);
  }
}
