/** The record types that the cluster's zone holds. */
export type RecordType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME' | 'TXT' | 'NS' | 'SOA';

export interface SrvData {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface SoaData {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

interface RecordOf<T extends RecordType, D> {
  readonly type: T;
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: D;
}

/** One resource record; names without a trailing dot, addresses as text. */
export type DnsRecord =
  | RecordOf<'A' | 'AAAA' | 'PTR' | 'CNAME' | 'TXT' | 'NS', string>
  | RecordOf<'SRV', SrvData>
  | RecordOf<'SOA', SoaData>;

/** RFC 1035 §4.1.1 and RFC 6891 §6.1.3 (BADVERS). */
export const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

/** What the zone says to one question. Without answers, NOERROR means that the name exists (NODATA). */
export interface ZoneAnswer {
  readonly rcode: number;
  readonly answers: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}
