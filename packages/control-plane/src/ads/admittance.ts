import { isLoopback } from '../loopback.js';

/** `127.0.0.1:1234`, `[::1]:1234`, `[::ffff:10.0.0.1]:1234`: a socket for both families has IPv4 addresses like the last. */
function addressOf(peer: string): string {
  return peer
    .slice(0, Math.max(0, peer.lastIndexOf(':')))
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '');
}

export interface StreamBounds {
  /** Of all clients together. */
  readonly maxStreams: number;
  /** Of the clients at one address. Loopback is not counted: everything there is one machine. */
  readonly maxStreamsPerAddress: number;
}

/** Counts the streams that are open or wait at the door, so that one client cannot take what all need. */
export class Admittance {
  readonly #bounds: StreamBounds;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(bounds: StreamBounds) {
    this.#bounds = bounds;
  }

  /** Lets a stream in; the text says why it is not. Whoever is let in must leave. */
  enter(peer: string): string | undefined {
    const { maxStreams, maxStreamsPerAddress } = this.#bounds;
    if (this.#count >= maxStreams) return `this control plane has ${maxStreams} streams already`;
    const address = addressOf(peer);
    const here = this.#byAddress.get(address) ?? 0;
    if (here >= maxStreamsPerAddress && !isLoopback(address)) {
      return `${address} has ${maxStreamsPerAddress} streams already`;
    }
    this.#count += 1;
    this.#byAddress.set(address, here + 1);
    return undefined;
  }

  leave(peer: string): void {
    this.#count -= 1;
    const address = addressOf(peer);
    const rest = (this.#byAddress.get(address) ?? 1) - 1;
    if (rest === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, rest);
  }
}
