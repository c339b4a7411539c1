import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

/** How a proxy misbehaves; changed while it runs. */
export interface Mischief {
  /** Answers that are no watch wait before they begin, and come in small pieces. */
  slow: boolean;
  /** Nothing of a watch is handed on until it is released. */
  held: boolean;
  /** A watch comes in pieces of a few bytes, each a TLS record of its own. */
  trickled: boolean;
  /** The next piece of each watch that is open now is cut off after this share of it, and so is the answer. */
  cut: { readonly share: number; readonly how: 'end' | 'reset' } | null;
  /** Requests are answered with this status. */
  refusal: number | null;
}

export interface DeliveryOptions {
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
  readonly watch: boolean;
  readonly mischief: Mischief;
  /** RST on the client's connection. */
  reset(): void;
}

const SLOW_MS = 1_000;
const SLOW_PIECE_BYTES = 256;
const SLOW_PIECE_MS = 20;
/** A prime, so that pieces end at ever other places of a line. */
const TRICKLE_BYTES = 13;
/** Pieces handed on in one go: each by itself would take a turn of the loop. */
const TRICKLE_BURST = 8;

/** Hands the answer of the API server on, piece by piece and in order. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #held: Buffer[] = [];
  /** What was to be cut when the answer began. */
  readonly #before: Mischief['cut'];
  #last: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#before = options.mischief.cut;
  }

  start(): void {
    const { answer, response, watch, mischief } = this.#options;
    const { connection: _c, 'transfer-encoding': _t, ...headers } = answer.headers;
    const slow = mischief.slow && !watch;
    this.#then(async () => {
      if (slow) await pause(SLOW_MS);
      response.writeHead(answer.statusCode ?? 502, headers);
      response.flushHeaders();
    });
    answer.on('data', (bytes: Buffer) => {
      if (watch && mischief.held) this.#held.push(bytes);
      else this.#then(() => this.#hand(bytes, slow));
    });
    answer.once('end', () => this.#then(() => this.#end()));
    answer.once('close', () => {
      if (!answer.complete) this.#then(() => this.#options.reset());
    });
  }

  /** Hands on what was held back. */
  flush(): void {
    for (const bytes of this.#held.splice(0)) this.#then(() => this.#hand(bytes, false));
  }

  #then(step: () => void | Promise<void>): void {
    this.#last = this.#last.then(step).catch(() => this.#options.reset());
  }

  async #hand(bytes: Buffer, slow: boolean): Promise<void> {
    const { response, watch, mischief } = this.#options;
    if (this.#over || response.destroyed) return;
    const { cut } = mischief;
    if (watch && cut !== null && cut !== this.#before) return this.#cutOff(bytes, cut);
    if (slow) {
      for (const piece of pieces(bytes, SLOW_PIECE_BYTES)) {
        response.write(piece);
        await pause(SLOW_PIECE_MS);
      }
    } else if (watch && mischief.trickled) {
      let count = 0;
      for (const piece of pieces(bytes, TRICKLE_BYTES)) {
        response.write(piece);
        if (++count % TRICKLE_BURST === 0) await turn();
      }
    } else response.write(bytes);
  }

  #cutOff(bytes: Buffer, { share, how }: NonNullable<Mischief['cut']>): void {
    const { response, reset, answer } = this.#options;
    this.#over = true;
    const part = bytes.subarray(0, Math.max(1, Math.floor(share * (bytes.length - 1))));
    if (how === 'end') response.end(part);
    else response.write(part, () => reset());
    answer.destroy();
  }

  #end(): void {
    if (!this.#over) this.#options.response.end();
    this.#over = true;
  }
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
