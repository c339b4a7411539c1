import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { MessageReader } from './frame.js';
import { OK, type Status, trailersOf } from './status.js';

/** What a call tells of its client. */
export interface CallListener {
  /** A message; it is a view of bytes that are not used again. */
  message(bytes: Buffer): void;
  /** The client sends nothing more, and may still read. */
  halfClose(): void;
  /** The call is over, in whatever way. Comes once, and nothing after it. */
  close(): void;
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': 'identity' };

/** A client that was told the end of its call has so long to end its side (ms). */
const LEAVE_MS = 10_000;

/**
 * One call of a method that streams both ways ("gRPC over HTTP2"). Nothing is read before somebody listens. Headers go out
 * with the first message or with the end, as nothing is known before.
 */
export class ServerCall {
  /** `address:port` of the client; IPv6 in brackets. */
  readonly peer: string;
  /** The header `authorization`, undefined without one. */
  readonly authorization: string | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #mostBytes: number;
  #responded = false;
  #ended = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { peer, maxMessageBytes }: { readonly peer: string; readonly maxMessageBytes: number },
  ) {
    this.#stream = stream;
    this.peer = peer;
    this.authorization = headers.authorization;
    this.#mostBytes = maxMessageBytes;
    // Every trouble of a stream ends in its close.
    stream.on('error', () => {});
  }

  /** The certificate of the client that TLS has checked, undefined without one. */
  get certificate(): PeerCertificate | undefined {
    const socket = this.#stream.session?.socket as Partial<TLSSocket> | undefined;
    const certificate = socket?.getPeerCertificate?.();
    return certificate?.subject === undefined ? undefined : certificate;
  }

  /** The client is gone, or was told how the call ended. */
  get over(): boolean {
    return this.#ended || this.#stream.closed || this.#stream.destroyed;
  }

  /** Reads from now on. To be called once; not for a call that is over. */
  listen(listener: CallListener): void {
    const stream = this.#stream;
    const reader = new MessageReader(this.#mostBytes, (message) => {
      if (!this.#ended) listener.message(message);
    });
    stream.on('data', (chunk: Buffer) => {
      const refusal = this.#ended ? undefined : reader.push(chunk);
      if (refusal !== undefined) this.end(refusal);
    });
    stream.once('end', () => {
      if (!this.over) listener.halfClose();
    });
    stream.once('close', () => listener.close());
  }

  /**
   * Writes a message with its header before it. `done` is called when it is on its way, which with a client that does not
   * read is much later or never.
   */
  write(frame: Buffer, done: () => void): void {
    if (this.over) return;
    if (!this.#responded) this.#stream.respond(HEADERS, { waitForTrailers: true });
    this.#responded = true;
    this.#stream.write(frame, done);
  }

  /** Ends the call, after what was written. Idempotent. */
  end(status: Status = OK): void {
    if (this.over) return;
    this.#ended = true;
    const stream = this.#stream;
    const trailers = trailersOf(status);
    if (!this.#responded) {
      stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
      this.#leave();
      return;
    }
    stream.once('wantTrailers', () => {
      stream.sendTrailers(trailers);
      this.#leave();
    });
    stream.end();
  }

  /** Reads no further until `resume`. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** The client closes its side now. One that does not is made to. */
  #leave(): void {
    const stream = this.#stream;
    // What it still sends is thrown away: without that the end of its side would never be read.
    stream.resume();
    const timer = setTimeout(() => stream.close(), LEAVE_MS).unref();
    stream.once('close', () => clearTimeout(timer));
  }
}
