import { isIPv4 } from 'node:net';
import type { DnsRecord } from './record.js';

/** Type numbers of RFC 1035, 2782, 3596. */
const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const TYPE_OPT = 41;
const CLASS_IN = 1;
/** A compression pointer has 14 bits (RFC 1035 §4.1.4). */
const MAX_POINTER = 0x3fff;
/** What a UDP answer of ours may carry: fits every path's MTU (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** A whole response. `flags` is the second 16-bit word of the header; counts are derived. */
export interface Response {
  readonly id: number;
  readonly flags: number;
  /** The question exactly as it was received: name, type and class bytes. */
  readonly question: Buffer;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  /** With EDNS0 an OPT record closes the additional section; its upper rcode bits go there. */
  readonly edns: { readonly extendedRcode: number } | undefined;
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

  name(name: string, compress = true): void {
    let rest = name;
    while (rest !== '' && rest !== '.') {
      const pointer = compress ? this.#names.get(rest) : undefined;
      if (pointer !== undefined) {
        this.u16(0xc000 | pointer);
        return;
      }
      if (compress && this.#length <= MAX_POINTER) this.#names.set(rest, this.#length);
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

function writeOpt(out: Writer, extendedRcode: number): void {
  out.name('');
  out.u16(TYPE_OPT);
  out.u16(UDP_PAYLOAD);
  out.u32(extendedRcode << 24);
  out.u16(0);
}

/** The wire form of a response, with compressed names (RFC 1035 §4). */
export function encodeResponse(response: Response): Buffer {
  const out = new Writer();
  out.u16(response.id);
  out.u16(response.flags);
  out.u16(response.question.length > 0 ? 1 : 0);
  out.u16(response.answers.length);
  out.u16(response.authorities.length);
  out.u16(response.additionals.length + (response.edns ? 1 : 0));
  out.raw(response.question);
  for (const section of [response.answers, response.authorities, response.additionals]) {
    for (const record of section) writeRecord(out, record);
  }
  if (response.edns) writeOpt(out, response.edns.extendedRcode);
  return out.bytes;
}
