import { ServerError } from '../errors.js';

/** The statuses of grpc.health.v1, at their numbers. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** A status as grpc.health.v1 names it. `SERVICE_UNKNOWN` is only ever said by Watch. */
export type ServingStatus = (typeof SERVING_STATUSES)[number];

export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  readonly status: ServingStatus;
}

export interface HealthListResponse {
  readonly statuses: ReadonlyMap<string, HealthCheckResponse>;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** Longest varint of protobuf: 64 bits in groups of seven. */
const MAX_VARINT_BYTES = 10;

/** Writes `message HealthCheckRequest { string service = 1; }`. */
export function encodeRequest(request: HealthCheckRequest): Buffer {
  // Proto3 leaves the default value out.
  return request.service === '' ? Buffer.alloc(0) : lengthField(1, Buffer.from(request.service));
}

export function decodeRequest(bytes: Uint8Array): HealthCheckRequest {
  let service = '';
  readFields(bytes, (field) => {
    if (field.number === 1 && field.bytes !== undefined) service = text(field.bytes);
  });
  return { service };
}

/** Writes `message HealthCheckResponse { ServingStatus status = 1; }`. */
export function encodeResponse(response: HealthCheckResponse): Buffer {
  const number = SERVING_STATUSES.indexOf(response.status);
  return number <= 0 ? Buffer.alloc(0) : Buffer.from([tag(1, VARINT), number]);
}

/** Reads a response; a status that this version does not know is `UNKNOWN`. */
export function decodeResponse(bytes: Uint8Array): HealthCheckResponse {
  let status: ServingStatus = 'UNKNOWN';
  readFields(bytes, (field) => {
    if (field.number === 1 && field.varint !== undefined)
      status = SERVING_STATUSES[field.varint] ?? 'UNKNOWN';
  });
  return { status };
}

/** Writes `message HealthListRequest {}`. */
export function encodeListRequest(): Buffer {
  return Buffer.alloc(0);
}

export function decodeListRequest(bytes: Uint8Array): object {
  readFields(bytes, () => {});
  return {};
}

/** Writes `message HealthListResponse { map<string, HealthCheckResponse> statuses = 1; }`. */
export function encodeListResponse(response: HealthListResponse): Buffer {
  const entries = Array.from(response.statuses, ([service, status]) =>
    lengthField(1, Buffer.concat([encodeRequest({ service }), lengthField(2, encodeResponse(status))])),
  );
  return Buffer.concat(entries);
}

export function decodeListResponse(bytes: Uint8Array): HealthListResponse {
  const statuses = new Map<string, HealthCheckResponse>();
  readFields(bytes, (field) => {
    if (field.number !== 1 || field.bytes === undefined) return;
    let status: HealthCheckResponse = { status: 'UNKNOWN' };
    readFields(field.bytes, (inner) => {
      if (inner.number === 2 && inner.bytes !== undefined) status = decodeResponse(inner.bytes);
    });
    statuses.set(decodeRequest(field.bytes).service, status);
  });
  return { statuses };
}

interface Field {
  readonly number: number;
  readonly varint?: number;
  readonly bytes?: Uint8Array;
}

/** Hands out every field in order; unknown ones are for the caller to ignore. */
function readFields(bytes: Uint8Array, onField: (field: Field) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed('it ends within a number');
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw malformed(`a number is longer than ${MAX_VARINT_BYTES} bytes`);
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw malformed('it ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const head = varint();
    const number = Math.floor(head / 8);
    const wireType = head % 8;
    if (number === 0) throw malformed('a field has number 0');
    if (wireType === VARINT) onField({ number, varint: varint() });
    else if (wireType === LENGTH) onField({ number, bytes: take(varint()) });
    else if (wireType === FIXED64) take(8);
    else if (wireType === FIXED32) take(4);
    else throw malformed(`wire type ${wireType} is not known`);
  }
}

function malformed(problem: string): ServerError {
  return new ServerError('WIRE_INVALID', `malformed grpc.health.v1 message: ${problem}`);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function tag(number: number, wireType: number): number {
  return number * 8 + wireType;
}

function lengthField(number: number, bytes: Buffer): Buffer {
  const head = [tag(number, LENGTH)];
  let rest = bytes.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) head.push((rest % 0x80) + 0x80);
  head.push(rest);
  return Buffer.concat([Buffer.from(head), bytes]);
}
