import type { Call, CallListener } from '../../src/grpc/server-call.js';
import type { Status } from '../../src/grpc/status.js';

/** A call without a wire: a test is its client, and the way to it. */
export class ScriptedCall implements Call {
  readonly peer: string;
  readonly authorization: string | undefined;
  readonly certificate = undefined;
  /** Written, and not taken by the client yet. */
  readonly frames: Buffer[] = [];
  /** How the server ended it. */
  status: Status | undefined;
  /** Whether what is written leaves at once. */
  #flows = true;
  readonly #stuck: (() => void)[] = [];
  #listener: CallListener | undefined;
  #closed = false;

  constructor(peer: string, token?: string) {
    this.peer = peer;
    this.authorization = token === undefined ? undefined : `Bearer ${token}`;
  }

  get over(): boolean {
    return this.#closed || this.status !== undefined;
  }

  /** Somebody listens. */
  get admitted(): boolean {
    return this.#listener !== undefined;
  }

  set flows(flows: boolean) {
    this.#flows = flows;
    if (flows) for (const done of this.#stuck.splice(0)) done();
  }

  send(message: Uint8Array): void {
    if (!this.over) this.#listener?.message(Buffer.from(message));
  }

  /** The client sends nothing more. */
  halfClose(): void {
    if (!this.over) this.#listener?.halfClose();
  }

  /** The client goes, or has read how the call ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.close();
  }

  listen(listener: CallListener): void {
    this.#listener = listener;
  }

  write(frame: Buffer, done: () => void): void {
    if (this.over) return;
    this.frames.push(frame);
    if (this.#flows) queueMicrotask(done);
    else this.#stuck.push(done);
  }

  end(status: Status = { code: 0, details: '' }): void {
    this.status ??= status;
  }

  pause(): void {}
  resume(): void {}
  drainConnection(): void {}
}
