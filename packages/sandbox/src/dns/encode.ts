import { isIPv4 } from 'node:net';
import type { DnsRecord } from './record.js';

/** Type numbers of RFC 1035, 2782, 3596. */
const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const TYPE_OPT = 41;
/** An OPT record without options. */
const OPT_BYTES = 11;
const DNSSEC_OK = 0x8000;
const CLASS_IN = 1;
/** Place of the flags in the header, and the bit for an answer that is not whole. */
const FLAGS_AT = 2;
const TRUNCATED = 0x0200;
/** A compression pointer has 14 bits (RFC 1035 §4.1.4). */
const MAX_POINTER = 0x3fff;
/** The OPT record that answers the client's own (RFC 6891). */
export interface EdnsAnswer {
  readonly udpPayloadSize: number;
  /** RFC 3225 §3: the bit is copied. */
  readonly dnssecOk: boolean;
  /** The upper bits of the rcode. */
  readonly extendedRcode: number;
}

/** A whole response. `flags` is the second 16-bit word of the header; counts and the TC bit are derived. */
export interface Response {
  readonly id: number;
  readonly flags: number;
  /** The question exactly as it was received: name, type and class bytes. */
  readonly question: Buffer;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  /** With EDNS0 an OPT record closes the additional section. */
  readonly edns: EdnsAnswer | undefined;
}

/** Grows as bytes are written; names are compressed against the names written before. */
class Writer {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  readonly #names = new Map<string, number>();

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(size: number): number {
    const at = this.#length;
    if (at + size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, at + size));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#length = at + size;
    return at;
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written from there on. Names in it may be pointed at: nothing may follow that has a name. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Writes over what is there. */
  putU16(at: number, value: number): void {
    this.#buffer.writeUInt16BE(value, at);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** The question's name is what the names of the answer point at. */
  question(bytes: Buffer): void {
    const labels: { readonly at: number; readonly text: string }[] = [];
    for (let at = 0; (bytes[at] ?? 0) > 0; at += (bytes[at] ?? 0) + 1) {
      labels.push({ at, text: bytes.toString('latin1', at + 1, at + 1 + (bytes[at] ?? 0)) });
    }
    for (const [index, { at }] of labels.entries()) {
      const suffix = labels.slice(index).map(({ text }) => text);
      this.#names.set(suffix.join('.'), this.#length + at);
    }
    this.raw(bytes);
  }

  name(name: string, compress = true): void {
    let rest = name;
    while (rest !== '' && rest !== '.') {
      const pointer = this.#names.get(rest);
      if (pointer !== undefined && compress) {
        this.u16(0xc000 | pointer);
        return;
      }
      if (pointer === undefined && this.#length <= MAX_POINTER) this.#names.set(rest, this.#length);
      const dot = rest.indexOf('.');
      const label = Buffer.from(dot === -1 ? rest : rest.slice(0, dot), 'latin1');
      this.raw(Uint8Array.of(label.length));
      this.raw(label);
      rest = dot === -1 ? '' : rest.slice(dot + 1);
    }
    this.raw(Uint8Array.of(0));
  }

  /** Writes `body` behind its own length (RDATA). */
  sized(body: () => void): void {
    const at = this.#reserve(2);
    body();
    this.#buffer.writeUInt16BE(this.#length - at - 2, at);
  }
}

function ipv6Bytes(ip: string): Buffer {
  const [head = '', tail = ''] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = ip.includes('::') ? Array<string>(8 - left.length - right.length).fill('0') : [];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...left, ...zeros, ...right].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  }
  return bytes;
}

function writeData(out: Writer, record: DnsRecord): void {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      out.raw(
        isIPv4(record.data) ? Uint8Array.from(record.data.split('.').map(Number)) : ipv6Bytes(record.data),
      );
      break;
    case 'TXT':
      out.raw(Buffer.concat([Buffer.of(Buffer.byteLength(record.data)), Buffer.from(record.data)]));
      break;
    case 'SRV':
      out.u16(record.data.priority);
      out.u16(record.data.weight);
      out.u16(record.data.port);
      // RFC 2782: "name compression is not to be used for this field"
      out.name(record.data.target, false);
      break;
    case 'SOA':
      out.name(record.data.mname);
      out.name(record.data.rname);
      for (const part of ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const)
        out.u32(record.data[part]);
      break;
    default:
      out.name(record.data);
  }
}

function writeRecord(out: Writer, record: DnsRecord): void {
  out.name(record.name);
  out.u16(TYPE[record.type]);
  out.u16(CLASS_IN);
  out.u32(record.ttl);
  out.sized(() => writeData(out, record));
}

function writeOpt(out: Writer, { udpPayloadSize, dnssecOk, extendedRcode }: EdnsAnswer): void {
  out.name('');
  out.u16(TYPE_OPT);
  out.u16(udpPayloadSize);
  out.u32((extendedRcode << 24) | (dnssecOk ? DNSSEC_OK : 0));
  out.u16(0);
}

/** Writes as many records as `max` bytes hold; the number of them. A section that is full ends those behind it too. */
function writeSection(out: Writer, records: readonly DnsRecord[], max: number): number {
  for (const [index, record] of records.entries()) {
    const before = out.length;
    if (before < max) writeRecord(out, record);
    if (out.length <= max && out.length > before) continue;
    out.cut(before);
    return index;
  }
  return records.length;
}

/**
 * The wire form of a response, with compressed names (RFC 1035 §4), in at most `max` bytes: what does not fit is left
 * out from the end, and the TC bit is set, as CoreDNS does it also when only the additional section is cut.
 */
export function encodeResponse(response: Response, max: number): Buffer {
  const out = new Writer();
  const { id, question, edns } = response;
  out.u16(id);
  out.u16(response.flags);
  out.u16(question.length > 0 ? 1 : 0);
  const countsAt = out.length;
  for (let section = 0; section < 3; section++) out.u16(0);
  out.question(question);
  let room = max - (edns ? OPT_BYTES : 0);
  const sections = [response.answers, response.authorities, response.additionals];
  for (const [index, records] of sections.entries()) {
    const written = writeSection(out, records, room);
    if (written < records.length) {
      out.putU16(FLAGS_AT, response.flags | TRUNCATED);
      room = 0;
    }
    out.putU16(countsAt + index * 2, written + (index === 2 && edns ? 1 : 0));
  }
  if (edns) writeOpt(out, edns);
  return out.bytes;
}
