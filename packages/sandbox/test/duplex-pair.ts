import { Duplex } from 'node:stream';

/** Two ends of a connection in memory. */
export function duplexPair(): [Duplex, Duplex] {
  const one = new End();
  const two = new End();
  one.peer = two;
  two.peer = one;
  return [one, two];
}

class End extends Duplex {
  peer: End | undefined;
  #resume: (() => void) | undefined;

  override _read(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.peer?.push(chunk)) done();
    else if (this.peer) this.peer.#resume = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.peer?.readableEnded && !this.peer?.destroyed) this.peer?.push(null);
    done(error);
  }
}
