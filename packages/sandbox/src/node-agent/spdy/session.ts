import { Duplex } from 'node:stream';
import { machineClock } from '../host.js';
import {
  dataFrame,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  RESET,
  replyFrame,
  resetFrame,
  SpdyError,
} from './frames.js';
import { EmptyHeaders, HeaderReader, type Headers } from './headers.js';

/** Streams of one session at the same time; more are refused. */
const MOST_STREAMS = 1024;
/** Held for a stream that nobody reads before the whole connection is held up (bytes). */
const BUFFER_BYTES = 256 * 1024;
/** A client that was told the end gets so long to close (ms). */
const CLOSE_MS = 5000;
/** Largest DATA frame that is sent (bytes). */
const MOST_DATA_BYTES = 64 * 1024;

type Done = (error?: Error | null) => void;

/** Takes a stream that the client has opened; throws to refuse it. */
export type StreamHandler = (stream: SpdyStream) => void;

/**
 * The server's side of SPDY/3.1, as far as Kubernetes speaks it: the client opens streams, nobody counts windows
 * (moby/spdystream neither sends nor heeds WINDOW_UPDATE), the pace is TCP's. `transport` is a socket or a tunnel.
 */
export class SpdySession {
  readonly #transport: Duplex;
  readonly #handler: StreamHandler;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #frames = new FrameReader();
  readonly #headers = new HeaderReader();
  readonly #replies = new EmptyHeaders();
  #lastStreamId = 0;
  #closing = false;
  /** The client opens no further stream. */
  #wentAway = false;
  /** Resolves when the connection is no more. */
  readonly closed: Promise<void>;

  constructor(transport: Duplex, handler: StreamHandler) {
    this.#transport = transport;
    this.#handler = handler;
    // What is wrong with it shows in the end of the reading.
    transport.on('error', () => {});
    // It may be waiting for the reader of a stream that will never read again.
    transport.once('close', () => this.#destroyStreams());
    this.closed = this.#run();
  }

  /** Says goodbye and ends the connection when everything is sent. Idempotent. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.send([goAwayFrame(this.#lastStreamId)]);
    this.#transport.end();
    const timer = machineClock.setTimeout(() => this.#transport.destroy(), CLOSE_MS);
    void this.closed.then(() => timer.cancel());
  }

  /** Sends frames as a whole; `done` is called when the connection can take more. */
  send(parts: readonly Buffer[], done: Done = () => {}): void {
    if (this.#transport.destroyed || this.#transport.writableEnded) {
      done(new SpdyError('the connection is closed'));
      return;
    }
    this.#transport.write(Buffer.concat(parts), done);
  }

  /** A stream has ended on both sides, or was destroyed. */
  forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id);
    if (this.#wentAway && this.#streams.size === 0) this.close();
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#transport) {
        for (const frame of this.#frames.read(chunk as Buffer)) await this.#take(frame);
      }
    } catch {
      // Not SPDY, or broken: there is nobody to tell.
    }
    this.#transport.destroy();
    this.#headers.close();
    this.#destroyStreams();
  }

  #destroyStreams(): void {
    for (const stream of this.#streams.values()) stream.destroy();
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case 'synStream':
        return this.#open(frame, await this.#headers.read(frame.headers));
      case 'headers':
        // They carry nothing, but the next ones are compressed with their help.
        await this.#headers.read(frame.headers);
        return frame.last ? this.#streams.get(frame.streamId)?.receive(Buffer.alloc(0), true) : undefined;
      case 'data':
        return this.#streams.get(frame.streamId)?.receive(frame.data, frame.last);
      case 'rstStream':
        return this.#streams.get(frame.streamId)?.wasReset();
      case 'ping':
        return frame.id % 2 === 1 ? this.send([pingFrame(frame.id)]) : undefined;
      case 'goAway':
        this.#wentAway = true;
        return this.#streams.size === 0 ? this.close() : undefined;
    }
  }

  #open({ streamId, last, oneWay }: Extract<Frame, { kind: 'synStream' }>, headers: Headers): void {
    if (this.#closing || this.#wentAway) return;
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
      this.send([resetFrame(streamId, RESET.protocolError)]);
      return;
    }
    this.#lastStreamId = streamId;
    if (this.#streams.size >= MOST_STREAMS) {
      this.send([resetFrame(streamId, RESET.refused)]);
      return;
    }
    const stream = new SpdyStream(this, streamId, headers);
    try {
      this.#handler(stream);
    } catch {
      stream.forsake();
      this.send([resetFrame(streamId, RESET.refused)]);
      return;
    }
    this.#streams.set(streamId, stream);
    this.send([replyFrame(streamId, this.#replies.next())]);
    if (oneWay) stream.end();
    if (last) void stream.receive(Buffer.alloc(0), true);
  }
}

/** One stream: what is written goes to the client, `end` closes this side only, `destroy` resets it. */
export class SpdyStream extends Duplex {
  readonly #session: SpdySession;
  readonly id: number;
  readonly headers: Headers;
  /** Nothing is to be said about it to the client any more. */
  #silent = false;
  #receivedAll = false;
  #wake: (() => void) | undefined;

  constructor(session: SpdySession, id: number, headers: Headers) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: BUFFER_BYTES,
      writableHighWaterMark: MOST_DATA_BYTES,
    });
    this.#session = session;
    this.id = id;
    this.headers = headers;
    // Whoever reads and writes sees it in `close`.
    this.on('error', () => {});
  }

  /** Takes what the client sent; resolves when more may come. */
  async receive(data: Buffer, last: boolean): Promise<void> {
    if (this.#receivedAll || this.destroyed) return;
    const room = data.length === 0 || this.push(data);
    if (last) {
      this.#receivedAll = true;
      this.push(null);
    } else if (!room) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The client has reset it. */
  wasReset(): void {
    this.#silent = true;
    this.destroy();
  }

  /** Destroys it without a word to the client. */
  forsake(): void {
    this.#silent = true;
    this.destroy();
  }

  override _read(): void {
    this.#wake?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    const pieces: Buffer[] = [];
    for (let at = 0; at < chunk.length; at += MOST_DATA_BYTES) {
      pieces.push(...dataFrame(this.id, chunk.subarray(at, at + MOST_DATA_BYTES), false));
    }
    this.#session.send(pieces, done);
  }

  override _final(done: Done): void {
    this.#session.send(dataFrame(this.id, Buffer.alloc(0), true), () => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#wake?.();
    this.#session.forget(this);
    const over = this.#receivedAll && this.writableFinished;
    if (!this.#silent && !over) this.#session.send([resetFrame(this.id, RESET.cancel)]);
    done(error);
  }
}
