import { isIP } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** The record types that the resolver asks for. */
export type QueryType = 'A' | 'AAAA' | 'SRV';

export interface Question {
  /** Without a trailing dot. */
  readonly name: string;
  readonly type: QueryType;
}

interface RecordOf<T extends string> {
  readonly type: T;
  /** Owner, lower case, without a trailing dot. */
  readonly name: string;
  readonly ttlSeconds: number;
}

export interface AddressRecord extends RecordOf<'A' | 'AAAA'> {
  readonly address: string;
}

export interface ServiceRecord extends RecordOf<'SRV'> {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Lower case, without a trailing dot; empty for the root, which means "not available" (RFC 2782). */
  readonly target: string;
}

export interface AliasRecord extends RecordOf<'CNAME'> {
  readonly target: string;
}

interface AuthorityRecord extends RecordOf<'SOA'> {
  readonly minimumSeconds: number;
}

/** What the resolver reads of a message; records of other types and classes are left out. */
export type DnsRecord = AddressRecord | ServiceRecord | AliasRecord | AuthorityRecord;

/** A response to our question. */
export interface Reply {
  /** With the upper bits that EDNS carries (RFC 6891 §6.1.3). */
  readonly rcode: number;
  /** TC: the rest did not fit, the records must not be used. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** A query and what is needed to know its answer. */
export interface Query {
  readonly bytes: Buffer;
  readonly question: Question;
}

/** RFC 1035 §4.1.1, RFC 6891 §6.1.3. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;
const RCODE_NAMES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** `SERVFAIL`, or `rcode 9` for one that is seldom seen. */
export const showRcode = (rcode: number): string => RCODE_NAMES[rcode] ?? `rcode ${rcode}`;

const HEADER_BYTES = 12;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
/** What passes every common link in one fragment (DNS flag day 2020). */
const EDNS_BYTES = 1232;
/** RFC 2181 §8: a TTL with the top bit set counts as zero. */
const MAX_TTL = 0x7fff_ffff;

const plain = (name: string): string => name.replace(/\.$/, '').toLowerCase();

/** Encodes a recursive query; with EDNS0 it offers to take 1232 bytes over UDP. */
export function encodeQuery(question: Question, { id, edns }: { id: number; edns: boolean }): Query {
  const opt = {
    type: 'OPT' as const,
    name: '.',
    udpPayloadSize: EDNS_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  const bytes = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name: question.name, type: question.type, class: 'IN' }],
    additionals: edns ? [opt] : [],
  });
  return { bytes, question };
}

/** Bytes of the one question: labels, the root, type and class. */
function questionEnd(bytes: Buffer): number {
  let at = HEADER_BYTES;
  while ((bytes[at] ?? 0) > 0) at += (bytes[at] ?? 0) + 1;
  return at + 5;
}

/**
 * Tells whether a message answers a query: same id, a response, the same question in any case. A server that could
 * not read the query may leave the question out.
 */
function answersQuery(message: Buffer, { bytes }: Query): boolean {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== bytes.readUInt16BE(0)) return false;
  if (((message[2] ?? 0) & RESPONSE) === 0) return false;
  if (message.readUInt16BE(4) === 0) return ((message[3] ?? 0) & 0x0f) !== 0;
  const end = questionEnd(bytes);
  const text = (from: Buffer): string => from.subarray(HEADER_BYTES, end).toString('latin1').toLowerCase();
  return message.readUInt16BE(4) === 1 && text(message) === text(bytes);
}

function recordOf(answer: Answer): DnsRecord | undefined {
  if (!('ttl' in answer) || ('class' in answer && answer.class !== 'IN')) return undefined;
  const ttl = answer.ttl ?? 0;
  const common = { name: plain(answer.name), ttlSeconds: ttl > MAX_TTL ? 0 : ttl };
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      if (isIP(answer.data) !== (answer.type === 'A' ? 4 : 6)) throw new Error('an address is damaged');
      return { ...common, type: answer.type, address: answer.data };
    case 'CNAME':
      return { ...common, type: 'CNAME', target: plain(answer.data) };
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return { ...common, type: 'SRV', priority, weight, port, target: plain(target) };
    }
    case 'SOA':
      return { ...common, type: 'SOA', minimumSeconds: answer.data.minimum ?? 0 };
    default:
      return undefined;
  }
}

const recordsOf = (answers: readonly Answer[] = []): readonly DnsRecord[] =>
  answers.map(recordOf).filter((record) => record !== undefined);

function extendedRcode(packet: DecodedPacket): number {
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  return opt?.type === 'OPT' ? opt.extendedRcode : 0;
}

/**
 * Reads a message that may be the answer to a query. Undefined: it answers another one, or pretends to, and the real
 * answer may still come. Throws when it is ours and cannot be read.
 */
export function readReply(message: Buffer, query: Query): Reply | undefined {
  if (!answersQuery(message, query)) return undefined;
  const rcode = (message[3] ?? 0) & 0x0f;
  const truncated = ((message[2] ?? 0) & TRUNCATED) !== 0;
  // What was cut off may end in the middle of a record.
  if (truncated) return { rcode, truncated, answers: [], authorities: [], additionals: [] };
  const packet = decode(message);
  // The decoder reads past the end of a record that is cut short.
  if (decode.bytes > message.length) throw new Error('the message ends in a record');
  return {
    rcode: (extendedRcode(packet) << 4) | rcode,
    truncated,
    answers: recordsOf(packet.answers),
    authorities: recordsOf(packet.authorities),
    additionals: recordsOf(packet.additionals),
  };
}
