import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Clock } from '@fairlead/discovery';
import { type MessageListener, MessageReader } from './frame.js';
import { closesByItself } from './socket.js';
import { OK, type Status, trailersOf } from './status.js';

/** What a call tells of its client. */
export interface CallListener extends MessageListener {
  /** A message, also after the call was ended here; it is a view of bytes that are not used again. */
  message(bytes: Buffer): void;
  /** What comes next cannot be read: the call is to be ended so. */
  unreadable(refusal: Status): void;
  /** The client sends nothing more, and may still read. */
  halfClose(): void;
  /** The call is over, in whatever way. Comes once, and nothing after it. */
  close(): void;
}

/** What a call has of its connection and its server. */
export interface CallContext {
  /** `address:port` of the client; IPv6 in brackets. */
  readonly peer: string;
  /** A message that is longer ends the call (bytes). */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Told when the client is answered for the first time. */
  answered(): void;
  /** Tells the client to make its further calls on another connection. */
  drainConnection(): void;
}

/** A call as those who serve it see it. */
export type Call = Pick<ServerCall, keyof ServerCall>;

const HEADERS = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': 'identity' };

/** When a call ends, its client has so long to read what was written before, and to end its side (ms). */
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
  readonly #context: CallContext;
  #responded = false;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, context: CallContext) {
    this.#stream = stream;
    this.#context = context;
    this.peer = context.peer;
    this.authorization = headers.authorization;
    stream.on('error', closesByItself);
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
    const reader = new MessageReader(this.#context.maxMessageBytes);
    stream.on('data', (chunk: Buffer) => {
      const refusal = this.#ended ? undefined : reader.push(chunk, listener);
      if (refusal !== undefined) listener.unreadable(refusal);
    });
    // These come once by themselves: `once` would keep five objects for each, for thousands of clients.
    stream.on('end', () => {
      if (!this.over) listener.halfClose();
    });
    stream.on('close', () => listener.close());
  }

  /**
   * Writes a message with its header before it. `done` is called when it is on its way, which with a client that does not
   * read is much later or never. It is not called when the call is over before.
   */
  write(frame: Buffer, done: () => void): void {
    if (this.over) return;
    if (!this.#responded) {
      this.#responded = true;
      this.#stream.respond(HEADERS, { waitForTrailers: true });
      this.#context.answered();
    }
    this.#stream.write(frame, () => {
      if (!this.over) done();
    });
  }

  /** Ends the call, after what was written. Idempotent. */
  end(status: Status = OK): void {
    if (this.over) return;
    this.#ended = true;
    const stream = this.#stream;
    const trailers = trailersOf(status);
    this.#leave();
    if (!this.#responded) {
      stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
      this.#context.answered();
      return;
    }
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end();
  }

  /** For a client that has to make another connection, to show another certificate. Calls that are open go on. */
  drainConnection(): void {
    this.#context.drainConnection();
  }

  /** Reads no further until `resume`. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** The client reads the rest and closes its side now. One that does not is made to. */
  #leave(): void {
    const stream = this.#stream;
    // What it still sends is thrown away: without that the end of its side would never be read.
    stream.resume();
    // "RST_STREAM with an error code of NO_ERROR" is for a response that is complete; node waits with it for that.
    const cut = (): void =>
      stream.close(stream.writableFinished ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
    const timer = this.#context.clock.setTimeout(cut, LEAVE_MS);
    timer.unref();
    stream.once('close', () => timer.cancel());
  }
}
