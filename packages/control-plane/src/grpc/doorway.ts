import type { Socket } from 'node:net';

/** Connections that are let in before others get their turn: some milliseconds, most of them for their handshakes. */
const SLICE = 20;

/**
 * Where connections wait to be let in, a few in each turn of the event loop. After a restart thousands of clients come at
 * once, and what they need for a connection would otherwise be done for hundreds of them in one go.
 */
export class Doorway {
  readonly #letIn: (socket: Socket) => void;
  #waiting: Socket[] = [];

  constructor(letIn: (socket: Socket) => void) {
    this.#letIn = letIn;
  }

  add(socket: Socket): void {
    // Whatever ails a connection ends in its close.
    socket.on('error', () => {});
    if (this.#waiting.push(socket) === 1) setImmediate(this.#next);
  }

  /** Closes those that wait. */
  clear(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  readonly #next = (): void => {
    for (const socket of this.#waiting.splice(0, SLICE)) if (!socket.destroyed) this.#letIn(socket);
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}
