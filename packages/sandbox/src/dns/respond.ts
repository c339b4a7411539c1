import { type DecodedPacket, decode, RECURSION_DESIRED } from 'dns-packet';
import { type EdnsAnswer, encodeResponse } from './encode.js';
import { type DnsRecord, RCODE, type ZoneAnswer } from './record.js';
import type { Zone } from './zone.js';

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
/** RFC 1035 §3.2.4; the zone holds no other class. */
const CLASS_IN = 1;
const AUTHORITATIVE = 0x0400;
/** RFC 4035 §3.2.2: CD is copied. */
const CHECKING_DISABLED = 0x0010;
const OPCODE_MASK = 0x7800;
/** RFC 1035 §4.2.1: what UDP carries when the client says nothing. */
const MIN_UDP_BYTES = 512;
const MAX_TCP_BYTES = 65_535;

/** How much the transport carries: UDP is bounded by what the client's EDNS0 says. */
export type Transport = 'udp' | 'tcp';

/** The question section as it came, so that the answer keeps its case; empty when it is not one plain question. */
function questionBytes(message: Buffer): Buffer {
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0 && length < 64; length = message[at] ?? 0) at += length + 1;
  const end = at + 5;
  return message[at] === 0 && end <= message.length ? message.subarray(HEADER_BYTES, end) : Buffer.alloc(0);
}

/** A response that carries nothing but its code, for messages that cannot be read or are not served. */
function bare(message: Buffer, rcode: number): Buffer {
  const flags = RESPONSE | (message.readUInt16BE(2) & (OPCODE_MASK | RECURSION_DESIRED)) | rcode;
  const none: DnsRecord[] = [];
  const question = Buffer.alloc(0);
  const id = message.readUInt16BE(0);
  return encodeResponse(
    {
      id,
      flags,
      question,
      answers: none,
      authorities: none,
      additionals: none,
      edns: undefined,
    },
    MIN_UDP_BYTES,
  );
}

interface Edns {
  readonly udpPayloadSize: number;
  readonly ednsVersion: number;
  readonly dnssecOk: boolean;
}

function ednsOf(query: DecodedPacket): Edns | undefined {
  const opt = query.additionals?.find((record) => record.type === 'OPT') as
    | { udpPayloadSize?: number; ednsVersion?: number; flag_do?: boolean }
    | undefined;
  return (
    opt && {
      udpPayloadSize: opt.udpPayloadSize ?? MIN_UDP_BYTES,
      ednsVersion: opt.ednsVersion ?? 0,
      dnssecOk: opt.flag_do ?? false,
    }
  );
}

/** CoreDNS repeats the size that the client offers; to a version that it does not know it offers none. */
function ednsAnswer({ udpPayloadSize, dnssecOk }: Edns, rcode: number): EdnsAnswer {
  const known = rcode !== RCODE.BADVERS;
  return {
    udpPayloadSize: known ? udpPayloadSize : 0,
    dnssecOk: known && dnssecOk,
    extendedRcode: rcode >> 4,
  };
}

const without = (rcode: number): ZoneAnswer => ({ rcode, answers: [], additionals: [] });

function answerOf(
  zone: Zone,
  asked: { readonly name: string; readonly type: string },
  question: Buffer,
  edns: Edns | undefined,
): ZoneAnswer {
  if (edns !== undefined && edns.ednsVersion !== 0) return without(RCODE.BADVERS);
  if (question.readUInt16BE(question.length - 2) !== CLASS_IN) return without(RCODE.REFUSED);
  return zone.query(asked.name, asked.type);
}

/** Answers one DNS message from the zone; null for what gets no answer (a response, or less than a header). */
export function respond(zone: Zone, message: Buffer, transport: Transport): Buffer | null {
  if (message.length < HEADER_BYTES || (message.readUInt16BE(2) & RESPONSE) !== 0) return null;
  let query: DecodedPacket;
  try {
    query = decode(message);
  } catch {
    return bare(message, RCODE.FORMERR);
  }
  const asked = query.questions?.length === 1 ? query.questions[0] : undefined;
  const question = questionBytes(message);
  if ((message.readUInt16BE(2) & OPCODE_MASK) !== 0) return bare(message, RCODE.NOTIMP);
  if (!asked || question.length === 0) return bare(message, RCODE.FORMERR);

  const edns = ednsOf(query);
  const answer = answerOf(zone, asked, question, edns);
  // Codes other than these two come from the server, not from the zone: it is no authority then.
  const known = answer.rcode === RCODE.NXDOMAIN || answer.rcode === RCODE.NOERROR;
  const authorities = known && answer.answers.length === 0 ? [zone.soa(asked.name)] : [];
  const authoritative = known ? AUTHORITATIVE : 0;
  const max = transport === 'tcp' ? MAX_TCP_BYTES : Math.max(edns?.udpPayloadSize ?? 0, MIN_UDP_BYTES);
  const copied = message.readUInt16BE(2) & (RECURSION_DESIRED | CHECKING_DISABLED);
  return encodeResponse(
    {
      id: message.readUInt16BE(0),
      flags: RESPONSE | authoritative | copied | (answer.rcode & 0xf),
      question,
      answers: answer.answers,
      authorities,
      additionals: answer.additionals,
      edns: edns && ednsAnswer(edns, answer.rcode),
    },
    max,
  );
}
