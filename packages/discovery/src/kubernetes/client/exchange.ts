import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock } from '../../clock.js';
import { KEEP_ALIVE_MS } from './agents.js';

/** What a request is tied to: its deadline, its signal, and the set by which close() reaches it. */
export interface Tie {
  readonly clock: Clock;
  /** Time to the headers (ms). */
  readonly timeoutMs: number;
  readonly live: Set<(reason: Error) => void>;
  readonly ref: boolean;
  readonly signal?: AbortSignal;
}

/** The cause of an UNREACHABLE error when no headers came in time. */
export const UNANSWERED = 'ERR_FAIRLEAD_UNANSWERED';

/** The cause of an UNREACHABLE error when not even a connection came about in that time. */
export const UNCONNECTED = 'ERR_FAIRLEAD_UNCONNECTED';

const ignore = (): void => {};

/**
 * Sends a request (its body is given to `end`) and resolves at the headers. Signal and close() go on to end the
 * answer's body after that.
 */
export function exchange(outgoing: ClientRequest, tie: Tie, body?: string): Promise<IncomingMessage> {
  const { clock, timeoutMs, live, ref, signal } = tie;
  return new Promise((resolve, reject) => {
    let incoming: IncomingMessage | undefined;
    const kill = (reason: Error): void => void (incoming ?? outgoing).destroy(reason);
    const abort = (): void => kill(new Error('aborted'));
    const late = (): void => {
      const connected = outgoing.socket?.connecting === false;
      const what = connected ? 'no answer' : 'nobody accepts a connection';
      const code = connected ? UNANSWERED : UNCONNECTED;
      kill(Object.assign(new Error(`${what} for ${timeoutMs} ms`), { code }));
    };
    const timer = clock.setTimeout(late, timeoutMs);
    if (!ref) timer.unref();
    live.add(kill);
    signal?.addEventListener('abort', abort, { once: true });
    outgoing.on('socket', (socket) => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      if (!ref) socket.unref();
    });
    outgoing.on('response', (response) => {
      incoming = response;
      timer.cancel();
      // A body that nobody reads yet may break: its reader sees that later, the process must not.
      response.on('error', ignore);
      resolve(response);
    });
    outgoing.on('error', (error) => {
      timer.cancel();
      reject(error);
    });
    outgoing.on('close', () => {
      timer.cancel();
      live.delete(kill);
      signal?.removeEventListener('abort', abort);
      // Node tells of an answer that switches protocols by neither 'response' nor 'error'.
      reject(new Error('the connection was closed without an answer'));
    });
    outgoing.end(body);
  });
}
