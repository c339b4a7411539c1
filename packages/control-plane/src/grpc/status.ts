import type { OutgoingHttpHeaders } from 'node:http2';

/** How a call ends, for its client. */
export interface Status {
  readonly code: number;
  /** For people; any text. */
  readonly details: string;
}

/** Those of gRPC's status codes that this server says, at their numbers. */
export const CODES = {
  ok: 0,
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export const OK: Status = { code: CODES.ok, details: '' };

/** "Percent-Encoded → 1*(Percent-Byte-Unencoded / Percent-Byte-Encoded)": printable ASCII without `%` stays as it is. */
function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The trailers of a call that ends so. */
export function trailersOf({ code, details }: Status): OutgoingHttpHeaders {
  return {
    'grpc-status': String(code),
    ...(details !== '' && { 'grpc-message': percentEncode(details) }),
  };
}
