import type { Client, ClientOptions, ServiceError, StatusObject } from '@grpc/grpc-js';
import { credentials, Metadata, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { CallResult } from './tally.js';

/** One unary method, called with ready-made bytes. */
export interface UnaryMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly request: Buffer;
  readonly metadata?: Metadata;
}

/** `grpc.health.v1.Health/Check` of the whole server: an empty request. */
export const HEALTH_CHECK: UnaryMethod = { path: '/grpc.health.v1.Health/Check', request: Buffer.alloc(0) };

export const bytes = (value: Buffer): Buffer => value;
/** grpc-js copies what it is given for each call. */
export const NO_HEADERS = new Metadata();
const RawClient = makeGenericClientConstructor({}, 'raw', {});

/** A client that sends and receives bytes, over plain text. */
export function createRawClient(target: string, options: ClientOptions = {}): Client {
  return new RawClient(target, credentials.createInsecure(), options);
}

/** Where a call went, as far as grpc-js tells: nothing when it never got a connection. */
export function peerOf(call: { getPeer(): string }): string | undefined {
  const peer = call.getPeer();
  return /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+$/i.test(peer) ? peer : undefined;
}

export interface UnaryCall {
  readonly client: Client;
  readonly method: UnaryMethod;
  /** Absolute deadline (epoch ms). */
  readonly deadlineMs: number;
  /** When the call was due, on the clock of `now`. */
  readonly scheduledMs: number;
  readonly now: () => number;
}

export interface UnaryResult extends CallResult {
  /** Text of the status. */
  readonly details: string;
  readonly reply: Buffer | undefined;
  /** Its answer had begun (headers came): a call that then breaks off is not tried again (gRFC A6). */
  readonly begun: boolean;
}

/** Makes one call and says what it came to. Returns what cancels it. */
export function callOnce(options: UnaryCall, done: (result: UnaryResult) => void): () => void {
  const { client, method, deadlineMs, scheduledMs, now } = options;
  let status: StatusObject | undefined;
  let begun = false;
  const call = client.makeUnaryRequest(
    method.path,
    bytes,
    bytes,
    method.request,
    method.metadata ?? NO_HEADERS,
    { deadline: deadlineMs },
    (error: ServiceError | null, reply?: Buffer) => {
      const code = error?.code ?? status?.code ?? 0;
      done({
        code,
        peer: peerOf(call),
        latencyMs: now() - scheduledMs,
        details: error?.details ?? '',
        messages: reply ? 1 : 0,
        reply,
        begun,
      });
    },
  );
  call.on('metadata', () => {
    begun = true;
  });
  call.on('status', (value) => {
    status = value;
  });
  return () => call.cancel();
}
