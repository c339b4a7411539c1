/** Reads protobuf fields one after the other, in place; nothing is copied. Throws nothing: `ok` says how it went. */
export class WireReader {
  ok = true;
  /** Number and wire type of the field that `next` found. */
  field = 0;
  type = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = end;
  }

  /** Goes on to the next field; false at the end, or when the bytes are no message. */
  next(): boolean {
    if (!this.ok || this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0) this.ok = false;
    return this.ok;
  }

  double(): number {
    if (!this.take(8)) return 0;
    return this.view.getFloat64(this.at - 8, true);
  }

  /** Exact up to 2^53; greater values are near enough for a figure. */
  varint(): number {
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

  /** The embedded message or text of this field. */
  embedded(): WireReader {
    const length = this.varint();
    if (!this.take(length)) return new WireReader(this.bytes, this.at, this.at);
    return new WireReader(this.bytes, this.at - length, this.at);
  }

  /** Whether what is left is this text (ASCII). */
  equals(text: string): boolean {
    if (this.end - this.at !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
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
