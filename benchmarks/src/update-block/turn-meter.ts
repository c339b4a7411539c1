import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { cpuMicroseconds } from '../clock.js';

const SOCKETS = 'net.client.socket';
/** An event ends with a line feed, and its chunk with CR LF. */
const LINE_END = Buffer.from('\n\r\n');
/** A change that takes so long will not come (ms). */
const OVERDUE_MS = 20_000;

function isSocketMessage(message: unknown): message is { socket: Socket } {
  return typeof message === 'object' && message !== null && 'socket' in message;
}

/**
 * Measures how long the event loop is blocked by what arrives from one server: from the moment in which the bytes are
 * handed to JavaScript to the end of all synchronous work and microtasks that they cause. An immediate that is asked
 * for first runs as soon as that work is done.
 */
export class TurnMeter {
  private readonly port: number;
  /** Whether the last bytes completed an event. */
  lineEnded = false;
  private startedAt: number | null = null;
  private spent = 0;
  private onTurn: () => void = () => {};

  /** Meters the connections to `port` that are opened from now on. */
  constructor(port: number) {
    this.port = port;
    subscribe(SOCKETS, this.onSocket);
  }

  /** Runs `cause` and sums up the turns until `done` holds at the end of one; resolves with their CPU time (µs). */
  async measure(cause: () => void, done: () => boolean): Promise<number> {
    this.spent = 0;
    await new Promise<void>((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error('a change did not arrive')), OVERDUE_MS);
      this.onTurn = () => {
        if (!done()) return;
        clearTimeout(overdue);
        resolve();
      };
      cause();
    });
    this.onTurn = () => {};
    return this.spent;
  }

  close(): void {
    unsubscribe(SOCKETS, this.onSocket);
  }

  private readonly onSocket = (message: unknown): void => {
    if (!isSocketMessage(message)) return;
    const { socket } = message;
    socket.once('connect', () => {
      if (socket.remotePort !== this.port) return;
      socket.prependListener('data', this.onBytes);
    });
  };

  private readonly onBytes = (bytes: Buffer): void => {
    this.lineEnded = bytes.subarray(-LINE_END.length).equals(LINE_END);
    if (this.startedAt !== null) return;
    setImmediate(this.onEnd);
    this.startedAt = cpuMicroseconds();
  };

  private readonly onEnd = (): void => {
    const endedAt = cpuMicroseconds();
    if (this.startedAt !== null) this.spent += endedAt - this.startedAt;
    this.startedAt = null;
    this.onTurn();
  };
}
