/** DER, the encoding of X.509: only what certificates need (ITU-T X.690). */

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  if (bytes < 0x100) return Buffer.from([0x81, bytes]);
  if (bytes < 0x10000) return Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
  throw new RangeError(`DER element of ${bytes} bytes: at most 65535 are written`);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

/** SET. */
export function set(...parts: readonly Buffer[]): Buffer {
  return tlv(0x31, ...parts);
}

/** INTEGER, from its unsigned big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // A leading 1 bit would make the number negative.
  return tlv(0x02, (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** BOOLEAN true; DER leaves out a false that is the default. */
export function booleanTrue(): Buffer {
  return tlv(0x01, Buffer.from([0xff]));
}

/** BIT STRING, of which the last `unusedBits` do not count. */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tlv(0x03, Buffer.from([unusedBits]), bytes);
}

/** OCTET STRING. */
export function octetString(bytes: Buffer): Buffer {
  return tlv(0x04, bytes);
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left & 0x7f) | 0x80);
    }
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** A time as RFC 5280 §4.1.2.5 wants it: UTCTime before 2050, GeneralizedTime from then on. */
export function time(ms: number): Buffer {
  const date = new Date(ms);
  const text = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}

/** A context-specific tag around other elements: `[n] EXPLICIT`. */
export function explicit(tag: number, ...parts: readonly Buffer[]): Buffer {
  return tlv(0xa0 | tag, ...parts);
}

/** A context-specific tag in place of a primitive one: `[n] IMPLICIT`. */
export function implicit(tag: number, bytes: Buffer): Buffer {
  return tlv(0x80 | tag, bytes);
}
