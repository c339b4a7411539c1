import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { CommandStreams, StreamOptions } from './command-streams.js';
import { ResizeReader } from './resize.js';
import type { TerminalSize } from './terminal.js';

/** Subprotocols of `pods/exec` and `pods/attach` over WebSocket, the best first (KEP-4006). */
export const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** The first byte of each message. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** RFC 6455 §7.4.1: normal closure. */
const NORMAL = 1000;

/** Opens the streams that a client asked for on its WebSocket. */
export function webSocketStreams(socket: WebSocket, options: StreamOptions): CommandStreams {
  return new WebSocketStreams(socket, options);
}

class WebSocketStreams implements CommandStreams {
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  readonly #sizes = new ResizeReader();
  #resized: ((size: TerminalSize) => void) | undefined;
  /** The last size before anybody listened. */
  #size: TerminalSize | undefined;

  constructor(socket: WebSocket, options: StreamOptions) {
    this.#socket = socket;
    if (options.stdin) this.stdin = new Readable({ read: () => socket.resume() });
    if (options.stdout) this.stdout = this.#output(CHANNEL.stdout);
    if (options.stderr) this.stderr = this.#output(CHANNEL.stderr);
    socket.on('message', (message: RawData) => this.#receive(message as Buffer));
    // What is wrong with it shows in `close`.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.stdin?.push(null);
      this.#gone.abort();
    });
    // Tells clients that wait for it that the streams are there.
    if (options.stdout || options.stderr)
      this.#send(options.stdout ? CHANNEL.stdout : CHANNEL.stderr, Buffer.alloc(0));
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  onResize(listener: (size: TerminalSize) => void): void {
    this.#resized = listener;
    if (this.#size) listener(this.#size);
  }

  finish(status: object): void {
    this.#send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    this.stdin?.destroy();
    this.#socket.close(NORMAL);
    // A client whose input nobody read any more must be heard once again, to close.
    this.#socket.resume();
  }

  #receive(message: Buffer): void {
    const rest = message.subarray(1);
    switch (message[0]) {
      case CHANNEL.stdin:
        if (this.stdin?.readable && rest.length > 0 && !this.stdin.push(rest)) this.#socket.pause();
        break;
      case CHANNEL.resize:
        for (const size of this.#sizes.read(rest)) {
          this.#size = size;
          this.#resized?.(size);
        }
        break;
      case CHANNEL.close:
        if (rest[0] === CHANNEL.stdin && this.stdin?.readable) this.stdin.push(null);
        break;
      default:
        break;
    }
  }

  #output(channel: number): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#send(channel, chunk, done),
    });
  }

  #send(channel: number, data: Buffer, done?: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(channel), data]), { binary: true }, done ?? (() => {}));
  }
}
