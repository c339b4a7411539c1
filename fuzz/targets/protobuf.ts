import { isDeepStrictEqual } from 'node:util';
import { decodeProtobufBody } from '#sandbox/api/protobuf/index.js';
import { ApiStatus } from '#sandbox/api/status.js';
import {
  decodeSayReply,
  decodeSayRequest,
  encodeSayReply,
  encodeSayRequest,
} from '#sandbox/images/echo-codec.js';
import { ServerError } from '#server/errors.js';
import * as health from '#server/health/codec.js';
import { bytesForm } from '../forms/bytes.js';
import { read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const HEALTH_REFUSALS = {
  documented: (error: unknown) => error instanceof ServerError && error.code === 'WIRE_INVALID',
};
const BODY_REFUSALS = {
  documented: (error: unknown) => error instanceof ApiStatus && error.code === 400,
  escapedLater: true,
};
const ECHO_REFUSALS = {
  documented: (error: unknown) => error instanceof Error && error.message.startsWith('echo message: '),
};

/** A codec: what it reads it writes, and what it wrote it reads as the same. */
function judgeCodec<T>(
  decode: (bytes: Buffer) => T | undefined,
  encode: (value: T) => Uint8Array,
  bytes: Buffer,
): void {
  const value = decode(bytes);
  if (value === undefined) return;
  hold(
    isDeepStrictEqual(decode(Buffer.from(encode(value))), value),
    'written out it is read as something else',
  );
}

function judge(bytes: Buffer): void {
  judgeCodec(
    (input) => read(HEALTH_REFUSALS, () => health.decodeRequest(input)),
    health.encodeRequest,
    bytes,
  );
  judgeCodec(
    (input) => read(HEALTH_REFUSALS, () => health.decodeResponse(input)),
    health.encodeResponse,
    bytes,
  );
  judgeCodec(
    (input) => read(HEALTH_REFUSALS, () => health.decodeListResponse(input)),
    health.encodeListResponse,
    bytes,
  );
  read(HEALTH_REFUSALS, () => health.decodeListRequest(bytes));
  judgeCodec((input) => read(ECHO_REFUSALS, () => decodeSayRequest(input)), encodeSayRequest, bytes);
  judgeCodec((input) => read(ECHO_REFUSALS, () => decodeSayReply(input)), encodeSayReply, bytes);
  const object = read(BODY_REFUSALS, () => decodeProtobufBody(bytes));
  if (object !== undefined) JSON.stringify(object);
}

/** A field of bytes. */
const field = (number: number, ...parts: (string | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = body.length < 0x80 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), body]);
};

function body(apiVersion: string, kind: string, ...fields: Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, field(1, apiVersion), field(2, kind)),
    field(2, ...fields),
  ]);
}

/** Messages of protobuf that are decoded by hand: health checks, the echo service, bodies of API requests. */
export const protobuf: FuzzTarget<Buffer> = {
  name: 'protobuf',
  about:
    'health, echo and Kubernetes messages: refused in one line, or written out they are read as the same',
  form: bytesForm(
    [
      [8, 1],
      [10, 0],
      [0x12, 0x80, 1],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [9],
      [13],
      [11],
      [12],
    ].map((word) => Buffer.from(word)),
  ),
  seeds: () => [
    health.encodeRequest({ service: 'a.B' }),
    health.encodeResponse({ status: 'NOT_SERVING' }),
    health.encodeListResponse({
      statuses: new Map([
        ['a', { status: 'SERVING' }],
        ['b', { status: 'UNKNOWN' }],
      ]),
    }),
    encodeSayRequest({ text: 'hello' }),
    encodeSayReply({ text: 'hello', pod: 'pod-0' }),
    body(
      'v1',
      'ConfigMap',
      field(1, field(1, 'a'), field(3, 'default'), field(11, field(1, 'k'), field(2, 'v'))),
      field(2, field(1, 'k'), field(2, 'v')),
    ),
    body(
      'v1',
      'Service',
      field(1, field(1, 'a')),
      field(2, field(1, field(1, 'grpc'), field(2, 'TCP'), Buffer.of(24, 152, 63)), field(3, 'None')),
    ),
    body(
      'apps/v1',
      'Deployment',
      field(1, field(1, 'a')),
      field(2, Buffer.of(8, 3), field(2, field(1, field(1, 'app'), field(2, 'a')))),
    ),
    body('v1', 'Pod', field(1, field(1, 'a')), field(2, field(2, field(1, 'c'), field(2, 'fairlead/echo')))),
  ],
  open: () => ({ check: judge }),
};
