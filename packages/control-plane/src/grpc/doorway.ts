import type { Socket } from 'node:net';
import { closesByItself, peerOf } from './socket.js';

/** Connections that are let in before others get their turn. */
const SLICE = 20;
/** Connections that were let in and have no answer yet: the calls of so many may come in one turn. */
const MOST_ENTERING = 100;
/** A connection that gets no answer holds others up for so long (ms). */
const ENTER_MS = 100;

/**
 * Where connections wait to be let in. After a restart thousands of clients come at once; what each needs for its
 * handshake and its first requests takes about a millisecond, and would otherwise be done for hundreds of them in one
 * turn of the event loop, while probes and changes wait.
 */
export class Doorway {
  readonly #letIn: (socket: Socket) => void;
  readonly #waiting = new Set<Socket>();
  /** What makes them inside, by address and port of the client. */
  readonly #entering = new Map<string, () => void>();
  #scheduled = false;

  constructor(letIn: (socket: Socket) => void) {
    this.#letIn = letIn;
  }

  add(socket: Socket): void {
    socket.on('error', closesByItself);
    this.#waiting.add(socket);
    this.#schedule();
  }

  /** A connection that was let in has its first answer, or is gone. */
  entered(peer: string): void {
    this.#entering.get(peer)?.();
  }

  /** Closes those that wait. */
  clear(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    let count = 0;
    for (const socket of this.#waiting) {
      if (count === SLICE || this.#entering.size >= MOST_ENTERING) break;
      this.#waiting.delete(socket);
      if (socket.destroyed) continue;
      count += 1;
      this.#enter(socket);
    }
    if (this.#entering.size < MOST_ENTERING) this.#schedule();
  };

  #enter(socket: Socket): void {
    const peer = peerOf(socket);
    const inside = (): void => {
      clearTimeout(timer);
      socket.off('close', inside);
      this.#entering.delete(peer);
      this.#schedule();
    };
    const timer = setTimeout(inside, ENTER_MS).unref();
    socket.on('close', inside);
    this.#entering.set(peer, inside);
    this.#letIn(socket);
  }
}
