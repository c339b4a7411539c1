/** A figure is copied here to be read: a view of each report's own bytes would cost more than its figures. */
const octets = new Uint8Array(8);
const word = new DataView(octets.buffer);

/** Reads protobuf fields one after the other, in place; nothing is copied. Throws nothing: `ok` says how it went. */
export class WireReader {
  ok = true;
  /** Number and wire type of the field that `next` found. */
  field = 0;
  type = 0;
  private readonly bytes: Uint8Array;
  private at: number;
  private end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Goes on to the next field; false at the end, or when the bytes are no message. */
  next(): boolean {
    if (!this.ok || this.at >= this.end) return false;
    const tag = this.varint();
    this.field = tag < 0x80 ? tag >> 3 : Math.floor(tag / 8);
    this.type = tag < 0x80 ? tag & 7 : tag % 8;
    if (this.field === 0) this.ok = false;
    return this.ok;
  }

  double(): number {
    if (!this.take(8)) return 0;
    const { bytes, at } = this;
    for (let i = 0; i < 8; i++) octets[i] = bytes[at - 8 + i] ?? 0;
    return word.getFloat64(0, true);
  }

  /** Exact up to 2^53; greater values are near enough for a figure. */
  varint(): number {
    // Almost all are one byte long.
    const first = this.at < this.end ? (this.bytes[this.at] ?? 0) : 0x80;
    if (first < 0x80 && this.ok) {
      this.at += 1;
      return first;
    }
    return this.longVarint();
  }

  private longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (!this.take(1)) return 0;
      const byte = this.bytes[this.at - 1] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.ok = false;
    return 0;
  }

  /** Reads on inside of the embedded message of this field; returns what `leave` needs. */
  enter(): number {
    const outerEnd = this.end;
    const length = this.varint();
    if (length > this.end - this.at) this.ok = false;
    else this.end = this.at + length;
    return outerEnd;
  }

  /** Goes on behind the embedded message, whatever of it was read. */
  leave(outerEnd: number): void {
    this.at = this.end;
    this.end = outerEnd;
  }

  /** Reads the text of this field: which of these (ASCII) it is; undefined: another. */
  oneOf(texts: readonly string[]): string | undefined {
    const length = this.varint();
    if (!this.take(length)) return undefined;
    const start = this.at - length;
    for (const text of texts) if (length === text.length && this.isAt(start, text)) return text;
    return undefined;
  }

  private isAt(start: number, text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  skip(): void {
    if (this.type === 0) this.varint();
    else if (this.type === 1) this.take(8);
    else if (this.type === 2) this.take(this.varint());
    else if (this.type === 5) this.take(4);
    // Groups are of proto2's past; no ORCA report has one.
    else this.ok = false;
  }

  private take(count: number): boolean {
    if (!this.ok || count > this.end - this.at) {
      this.ok = false;
      return false;
    }
    this.at += count;
    return true;
  }
}
