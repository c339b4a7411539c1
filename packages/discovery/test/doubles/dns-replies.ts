import { type Answer, decode, encode, type Packet, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';

/** What a test lets a server say to one question. */
export interface Reply {
  /** Default 0. */
  readonly rcode?: number;
  readonly truncated?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

export const a = (name: string, data: string, ttl = 5): Answer => ({ type: 'A', name, data, ttl });
export const aaaa = (name: string, data: string, ttl = 5): Answer => ({ type: 'AAAA', name, data, ttl });
export const cname = (name: string, data: string, ttl = 5): Answer => ({ type: 'CNAME', name, data, ttl });

export function srv(
  name: string,
  target: string,
  port: number,
  more: { ttl?: number; weight?: number; priority?: number } = {},
): Answer {
  const { ttl = 5, weight = 1, priority = 0 } = more;
  return { type: 'SRV', name, ttl, data: { target, port, weight, priority } };
}

/** The SOA record of a negative answer. */
export function soa(zone: string, ttl: number, minimum = ttl): Answer {
  const data = {
    mname: `ns.${zone}`,
    rname: `root.${zone}`,
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum,
  };
  return { type: 'SOA', name: zone, ttl, data };
}

export const nxdomain = (ttl?: number): Reply => ({
  rcode: 3,
  ...(ttl === undefined ? {} : { authorities: [soa('cluster.local', ttl)] }),
});

/** The bytes of a reply to a query. */
export function encodeReply(query: Buffer, reply: Reply): Buffer {
  const { id, questions } = decode(query);
  const packet: Packet = {
    type: 'response',
    id: id ?? 0,
    flags: RECURSION_DESIRED | (reply.truncated ? TRUNCATED_RESPONSE : 0) | (reply.rcode ?? 0),
    questions: questions ?? [],
    answers: [...(reply.answers ?? [])],
    authorities: [...(reply.authorities ?? [])],
    additionals: [...(reply.additionals ?? [])],
  };
  return encode(packet);
}

/** `A svc.ns.svc.cluster.local`, as tests write down what was asked. */
export function askedFor(query: Buffer): string {
  const [question] = decode(query).questions ?? [];
  return `${question?.type} ${question?.name}`;
}
