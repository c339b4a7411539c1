import { isLoopback } from '../loopback.js';

/** `127.0.0.1:1234`, `[::1]:1234`, `[::ffff:10.0.0.1]:1234`: a socket for both families has IPv4 addresses like the last. */
function addressOf(peer: string): string {
  return peer
    .slice(0, Math.max(0, peer.lastIndexOf(':')))
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '');
}

export interface AdmittanceOptions {
  /** Of all clients together. */
  readonly most: number;
  /** Of the clients at one address. Loopback is not counted: everything there is one machine. */
  readonly mostPerAddress: number;
  /** What is counted, as it is called in a refusal. */
  readonly what: 'connections' | 'streams';
}

/** Counts what clients have open, or want to open, so that one client cannot take what all need. */
export class Admittance {
  readonly #options: AdmittanceOptions;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(options: AdmittanceOptions) {
    this.#options = options;
  }

  /** Lets one in; the text says why it is not. Whoever is let in must leave. */
  enter(peer: string): string | undefined {
    const { most, mostPerAddress, what } = this.#options;
    if (this.#count >= most) return `this control plane has ${most} ${what} already`;
    const address = addressOf(peer);
    const here = this.#byAddress.get(address) ?? 0;
    if (here >= mostPerAddress && !isLoopback(address)) {
      return `${address} has ${mostPerAddress} ${what} already`;
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
