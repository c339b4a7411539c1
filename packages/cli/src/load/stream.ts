import type { Client, Metadata } from '@grpc/grpc-js';
import type { CallResult } from './tally.js';
import { bytes, NO_HEADERS, peerOf } from './unary.js';

/** A method with streams, called with ready-made bytes. */
export interface StreamMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  /** All are sent, then the stream is closed. */
  readonly requests: readonly Buffer[];
  readonly metadata?: Metadata;
}

export interface StreamCall {
  readonly client: Client;
  readonly method: StreamMethod;
  /** Absolute deadline (epoch ms). */
  readonly deadlineMs: number;
  /** When the call was due, on the clock of `now`. */
  readonly scheduledMs: number;
  readonly now: () => number;
}

/** Makes one call and reads it to its end. On the wire one message is as good as a stream. Returns what cancels it. */
export function streamOnce(options: StreamCall, done: (result: CallResult) => void): () => void {
  const { client, method, deadlineMs, scheduledMs, now } = options;
  const { path, requests, metadata = NO_HEADERS } = method;
  const call = client.makeBidiStreamRequest(path, bytes, bytes, metadata, { deadline: deadlineMs });
  let messages = 0;
  call.on('data', () => messages++);
  call.on('status', ({ code, details }) => {
    done({ code, details, messages, peer: peerOf(call), latencyMs: now() - scheduledMs });
  });
  // What went wrong is in the status.
  call.on('error', () => {});
  for (const request of requests) call.write(request);
  call.end();
  return () => call.cancel();
}
