import type { AliasRecord, DnsRecord, Question, Reply } from './message.js';
import { RCODE } from './message.js';

/** Why there are no records. */
export type Absent = 'NXDOMAIN' | 'NODATA' | 'REFUSED';

/** What a reply says to its question. */
export type Finding =
  | {
      readonly kind: 'found';
      readonly records: readonly DnsRecord[];
      /** The least of all records on the way. */
      readonly ttlSeconds: number;
    }
  | {
      readonly kind: 'absent';
      /** The name does not exist, it has no record of this type, or no server wants to know of it. */
      readonly what: Absent;
      /** How long that holds (RFC 2308 §5); undefined when the server does not say. */
      readonly ttlSeconds?: number;
    };

/** Aliases that are followed: real chains have two or three. */
const MAX_ALIASES = 8;

function whatIsAbsent(rcode: number): Absent {
  if (rcode === RCODE.REFUSED) return 'REFUSED';
  return rcode === RCODE.NXDOMAIN ? 'NXDOMAIN' : 'NODATA';
}

function absent(reply: Reply): Finding {
  const what = whatIsAbsent(reply.rcode);
  const soa = reply.authorities.find((record) => record.type === 'SOA');
  if (soa?.type !== 'SOA') return { kind: 'absent', what };
  return { kind: 'absent', what, ttlSeconds: Math.min(soa.ttlSeconds, soa.minimumSeconds) };
}

/**
 * Follows the aliases of an answer from the question's name to the records that were asked for. Records that are not
 * on the way are left out. Throws for a chain of more than eight aliases, and so for a loop.
 */
export function readChain(reply: Reply, { name, type }: Question): Finding {
  const aliases = new Map<string, AliasRecord>();
  for (const record of reply.answers) if (record.type === 'CNAME') aliases.set(record.name, record);
  let owner = name.toLowerCase();
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let followed = 0; ; followed++) {
    const records = reply.answers.filter((record) => record.type === type && record.name === owner);
    if (records.length > 0) {
      for (const record of records) ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds);
      return { kind: 'found', records, ttlSeconds };
    }
    const alias = aliases.get(owner);
    if (alias === undefined) return absent(reply);
    if (followed === MAX_ALIASES) throw new Error(`${name} is an alias of more than ${MAX_ALIASES} aliases`);
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
    owner = alias.target;
  }
}
