import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Clock, Timer } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';

/** The cause of an UNREACHABLE error when a stream was silent for too long. */
export const IDLE = 'ERR_FAIRLEAD_IDLE';

/**
 * After so many bytes whatever else is due in the process has its turn: a socket brings up to 2 MB in one turn of the
 * event loop, and to read and understand 64 KiB takes a millisecond or two.
 */
const BYTES_PER_TURN = 64 * 1024;

/** How long and how large a body may be. */
export interface BodyLimits {
  readonly clock: Clock;
  /** No byte for so long ends the body (ms). */
  readonly idleMs: number;
  /** The whole body may take so long (ms). */
  readonly totalMs?: number;
  /** Decoded size. */
  readonly maxBytes?: number;
  readonly ref: boolean;
}

function decoded(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return response;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    response.destroy();
    throw new DiscoveryError(
      'PROTOCOL',
      `content-encoding "${encoding}" was not asked for: gzip is understood`,
    );
  }
  return pipeline(response, createGunzip(), () => {});
}

function idleError(idleMs: number): Error {
  return Object.assign(new Error(`no byte for ${idleMs} ms`), { code: IDLE });
}

function deadline({ clock, ref }: Pick<BodyLimits, 'clock' | 'ref'>, ms: number, end: () => void): Timer {
  const timer = clock.setTimeout(end, ms);
  if (!ref) timer.unref();
  return timer;
}

/** The bytes of a body, gunzipped, under an idle deadline that only runs while a byte is waited for. */
export async function* bodyChunks(response: IncomingMessage, limits: BodyLimits): AsyncGenerator<Buffer> {
  const { idleMs, totalMs, maxBytes = Infinity } = limits;
  const body = decoded(response);
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const late = (): void => void body.destroy(new Error(`the answer is not complete after ${totalMs} ms`));
  const whole = totalMs === undefined ? undefined : deadline(limits, totalMs, late);
  let bytes = 0;
  let turnAt = BYTES_PER_TURN;
  try {
    for (;;) {
      const idle = deadline(limits, idleMs, () => body.destroy(idleError(idleMs)));
      const next = await iterator.next().finally(() => idle.cancel());
      if (next.done === true) return;
      bytes += next.value.length;
      if (bytes > maxBytes) {
        throw new DiscoveryError('PROTOCOL', `the answer is longer than ${maxBytes} bytes`);
      }
      yield next.value;
      if (bytes < turnAt) continue;
      turnAt = bytes + BYTES_PER_TURN;
      await new Promise(setImmediate);
    }
  } finally {
    whole?.cancel();
    // A body that was read to its end leaves the socket to the agent; any other takes it down.
    body.destroy();
    if (!response.complete) response.destroy();
  }
}

/** The whole body as text. */
export async function readBody(response: IncomingMessage, limits: BodyLimits): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(response, limits)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
