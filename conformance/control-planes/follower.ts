import { openStream } from '#benchmarks/control-plane/stream.js';
import { readAssignment } from './assignment.js';
import type { Heard } from './heard.js';

/** Between two attempts to connect (ms). */
const RETRY_MS = 20;

/** A client that remembers what it was told, and comes back when its stream ends. */
export class Follower {
  readonly heard: Heard[] = [];
  readonly #port: number;
  readonly #name: string;
  #stream: { close(): void } | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(port: number, name: string) {
    this.#port = port;
    this.#name = name;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#stream?.close();
  }

  #open(): void {
    this.#stream = openStream({
      ...{ port: this.#port, protocol: 'sotw', types: ['endpoints'], names: [this.#name], node: 'follower' },
      onResponse: ({ resources }, _bytes, atMs) =>
        void this.heard.push({ atMs, assignments: resources.map(readAssignment) }),
      onAnswered: () => {},
      onEnd: () => {
        if (!this.#closed) this.#retry = setTimeout(() => this.#open(), RETRY_MS);
      },
    });
  }
}
