import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '@fairlead/discovery';
import type { CallContext } from './server-call.js';
import { closesByItself, peerOf } from './socket.js';

export interface ConnectionOptions {
  readonly clock: Clock;
  /** So often a connection is asked whether it is still there (ms); one that has not answered until the next time is cut. */
  readonly keepaliveMs: number;
  /** A connection without a call is sent away after so long (ms), to the next keepalive. */
  readonly idleMs: number;
  /** A message that is longer ends its call (bytes). */
  readonly maxMessageBytes: number;
}

/** Who lets connections in. */
export interface ConnectionListener {
  /** The client at this address has its first answer. */
  entered(peer: string): void;
}

/**
 * One connection of a client: whether it is still there, and in use. Somebody has to look after it often; a timer for each
 * of thousands would be a good part of what they cost.
 */
export class Connection implements CallContext {
  readonly peer: string;
  readonly #session: ServerHttp2Session;
  readonly #options: ConnectionOptions & ConnectionListener;
  #calls = 0;
  #idleSinceMs: number;
  #lookedMs: number;
  #unanswered = false;

  constructor(session: ServerHttp2Session, options: ConnectionOptions & ConnectionListener) {
    this.peer = peerOf(session.socket);
    this.#session = session;
    this.#options = options;
    this.#idleSinceMs = options.clock.now();
    this.#lookedMs = this.#idleSinceMs;
    session.on('error', closesByItself);
  }

  get maxMessageBytes(): number {
    return this.#options.maxMessageBytes;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Counts a call until `remove`. */
  add(): void {
    this.#calls += 1;
  }

  /** A call is over. */
  remove(): void {
    this.#calls -= 1;
    this.#idleSinceMs = this.#options.clock.now();
  }

  answered(): void {
    this.#options.entered(this.peer);
  }

  /** No further calls: the client is told to go elsewhere, and the connection is closed when its calls are over. */
  drainConnection(): void {
    if (!this.#session.closed) this.#session.close();
  }

  /** Cuts the connection. */
  cut(): void {
    this.#session.destroy();
  }

  /** Looks after it, when the time for that has come. */
  look(): void {
    const { clock, keepaliveMs, idleMs } = this.#options;
    const session = this.#session;
    const nowMs = clock.now();
    if (nowMs - this.#lookedMs < keepaliveMs || session.destroyed) return;
    this.#lookedMs = nowMs;
    if (this.#unanswered) {
      this.cut();
      return;
    }
    if (this.#calls === 0 && nowMs - this.#idleSinceMs >= idleMs) this.drainConnection();
    // A connection that drains, here or by its client's GOAWAY, is sent no ping by node: it ends with its calls.
    if (session.closed) return;
    this.#unanswered = true;
    session.ping((error) => {
      if (error === null) this.#unanswered = false;
    });
  }
}
