import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '@fairlead/discovery';

export interface ConnectionOptions {
  readonly clock: Clock;
  /** So often a connection is asked whether it is still there (ms); one that has not answered until the next time is cut. */
  readonly keepaliveMs: number;
  /** A connection without a call is sent away after so long (ms), to the next keepalive. */
  readonly idleMs: number;
}

/** `address:port` of who is at the other end; IPv6 in brackets. */
export function peerOf({
  remoteAddress = '',
  remotePort = 0,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** One connection of a client: whether it is still there, and in use. */
export class Connection {
  /** As `peerOf` has it. */
  readonly peer: string;
  readonly #session: ServerHttp2Session;
  readonly #options: ConnectionOptions;
  #calls = 0;
  #idleSinceMs: number;
  #unanswered = false;
  #timer: Timer | undefined;

  constructor(session: ServerHttp2Session, options: ConnectionOptions) {
    this.peer = peerOf(session.socket);
    this.#session = session;
    this.#options = options;
    this.#idleSinceMs = options.clock.now();
    // Whatever ails a connection ends in its close.
    session.on('error', () => {});
    session.once('close', () => this.#timer?.cancel());
    this.#wait();
  }

  /** Counts a call until it is over. */
  add(stream: ServerHttp2Stream): void {
    this.#calls += 1;
    stream.once('close', this.#remove);
  }

  /** No further calls: the client is told to go elsewhere, and the connection is closed when its calls are over. */
  drain(): void {
    if (!this.#session.closed) this.#session.close();
  }

  /** Cuts the connection. */
  cut(): void {
    this.#session.destroy();
  }

  readonly #remove = (): void => {
    this.#calls -= 1;
    this.#idleSinceMs = this.#options.clock.now();
  };

  #wait(): void {
    const { clock, keepaliveMs } = this.#options;
    this.#timer = clock.setTimeout(this.#look, keepaliveMs);
    this.#timer.unref();
  }

  readonly #look = (): void => {
    const session = this.#session;
    if (session.destroyed) return;
    if (this.#unanswered) {
      this.cut();
      return;
    }
    const idleMs = this.#options.clock.now() - this.#idleSinceMs;
    if (this.#calls === 0 && idleMs >= this.#options.idleMs) this.drain();
    // A connection that drains, here or by its client's GOAWAY, is sent no ping by node: it ends with its calls.
    if (!session.closed) {
      this.#unanswered = true;
      session.ping(this.#answered);
    }
    this.#wait();
  };

  readonly #answered = (error: Error | null): void => {
    if (error === null) this.#unanswered = false;
  };
}
