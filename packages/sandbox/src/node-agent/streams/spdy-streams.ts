import type { Duplex } from 'node:stream';
import type { AgentClock } from '../host.js';
import { SpdySession, type SpdyStream } from '../spdy/session.js';
import type { CommandStreams, StreamOptions } from './command-streams.js';
import { ResizeReader } from './resize.js';
import type { TerminalSize } from './terminal.js';

/** Versions of the protocol over SPDY, the best first; the fifth differs from the fourth over WebSocket only. */
export const COMMAND_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** A client that has not opened all of its streams by then is given up (ms), as by the kubelet. */
const CREATION_MS = 30_000;

/** Which types of streams the client will open. */
function expected({ stdin, stdout, stderr, tty }: StreamOptions): string[] {
  const types = { stdin, stdout, stderr, resize: tty };
  return ['error', ...Object.entries(types).flatMap(([type, asked]) => (asked ? [type] : []))];
}

/** Waits until the client has opened its streams; undefined when it does not. */
export async function spdyStreams(
  transport: Duplex,
  options: StreamOptions,
  clock: AgentClock,
): Promise<CommandStreams | undefined> {
  const missing = new Set(expected(options));
  const streams = new Map<string, SpdyStream>();
  let complete = (): void => {};
  const opened = new Promise<true>((resolve) => {
    complete = () => resolve(true);
  });
  const session = new SpdySession(transport, (stream) => {
    const type = stream.headers.get('streamtype') ?? '';
    if (!missing.delete(type)) throw new Error(`unexpected stream type: "${type}"`);
    streams.set(type, stream);
    // The client sends on these two only.
    if (type !== 'stdin' && type !== 'resize') stream.resume();
    if (missing.size === 0) complete();
  });
  const timer = clock.setTimeout(() => session.close(), CREATION_MS);
  const all = await Promise.race([opened, session.closed]);
  timer.cancel();
  return all ? new SpdyStreams(session, streams) : undefined;
}

class SpdyStreams implements CommandStreams {
  readonly stdin?: SpdyStream;
  readonly stdout?: SpdyStream;
  readonly stderr?: SpdyStream;
  readonly #session: SpdySession;
  readonly #error: SpdyStream;
  readonly #resize: SpdyStream | undefined;
  readonly #gone = new AbortController();

  constructor(session: SpdySession, streams: ReadonlyMap<string, SpdyStream>) {
    this.#session = session;
    this.#error = streams.get('error')!;
    this.#resize = streams.get('resize');
    const [stdin, stdout, stderr] = ['stdin', 'stdout', 'stderr'].map((type) => streams.get(type));
    if (stdin) this.stdin = stdin;
    if (stdout) this.stdout = stdout;
    if (stderr) this.stderr = stderr;
    void session.closed.then(() => this.#gone.abort());
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  onResize(listener: (size: TerminalSize) => void): void {
    const reader = new ResizeReader();
    this.#resize?.on('data', (chunk: Buffer) => {
      for (const size of reader.read(chunk)) listener(size);
    });
  }

  finish(status: object): void {
    this.#error.end(JSON.stringify(status));
    for (const stream of [this.stdin, this.stdout, this.stderr, this.#resize]) stream?.end();
    // Input that came too late is read away, so that the client's end is seen.
    this.stdin?.resume();
    this.#session.close();
  }
}
