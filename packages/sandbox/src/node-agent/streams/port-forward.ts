import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AgentClock } from '../host.js';
import { SpdySession, type SpdyStream } from '../spdy/session.js';

/** What is negotiated for `pods/portforward`. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** The same through a WebSocket that carries SPDY (KEP-4006). */
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';

/** A client that opens one stream of a pair and not the other by then is told so (ms), as by the kubelet. */
const PAIR_MS = 30_000;

interface PortForwardOptions {
  readonly clock: AgentClock;
  /** `NAME_NAMESPACE`, as the kubelet names pods. */
  readonly pod: string;
  readonly uid: string;
  readonly podIP: string;
}

/** The two streams of one forwarded connection. */
interface Pair {
  readonly streams: Map<string, SpdyStream>;
  readonly timer: { cancel(): void };
}

/** Forwards connections to ports of a pod: each is a pair of streams, `data` and `error`. Resolves at the end. */
export class PortForward {
  readonly #options: PortForwardOptions;
  readonly #session: SpdySession;
  readonly #pairs = new Map<string, Pair>();

  constructor(transport: Duplex, options: PortForwardOptions) {
    this.#options = options;
    this.#session = new SpdySession(transport, (stream) => this.#take(stream));
    void this.#session.closed.then(() => {
      for (const { timer } of this.#pairs.values()) timer.cancel();
    });
  }

  close(): void {
    this.#session.close();
  }

  /** Throws for a stream that belongs to no pair: it is refused. */
  #take(stream: SpdyStream): void {
    const type = stream.headers.get('streamtype') ?? '';
    const port = Number(stream.headers.get('port'));
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error('port: accepted are 1 to 65535');
    if (type !== 'data' && type !== 'error') throw new Error(`invalid stream type "${type}"`);
    // Clients without request ids open the stream of errors and then that of data.
    const id = stream.headers.get('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2);
    const pair = this.#pairs.get(id) ?? this.#newPair(id);
    if (pair.streams.has(type)) throw new Error(`${type} stream already assigned`);
    pair.streams.set(type, stream);
    // Nothing comes on it.
    if (type === 'error') stream.resume();
    const [data, error] = [pair.streams.get('data'), pair.streams.get('error')];
    if (!data || !error) return;
    pair.timer.cancel();
    this.#pairs.delete(id);
    this.#connect(port, data, error);
  }

  #newPair(id: string): Pair {
    const timer = this.#options.clock.setTimeout(() => {
      for (const stream of this.#pairs.get(id)?.streams.values() ?? []) {
        stream.end(
          stream.headers.get('streamtype') === 'error' ? 'timed out waiting for streams' : undefined,
        );
      }
      this.#pairs.delete(id);
    }, PAIR_MS);
    const pair = { streams: new Map<string, SpdyStream>(), timer };
    this.#pairs.set(id, pair);
    return pair;
  }

  #connect(port: number, data: SpdyStream, error: SpdyStream): void {
    const { podIP, pod, uid } = this.#options;
    const socket = createConnection({ host: podIP, port, allowHalfOpen: true, noDelay: true });
    socket.on('error', ({ message }) => {
      error.write(`error forwarding port ${port} to pod ${pod}, uid ${uid}: ${message}`);
    });
    socket.once('close', () => {
      data.end();
      data.resume();
      error.end();
    });
    data.once('close', () => socket.destroy());
    data.pipe(socket);
    socket.pipe(data);
  }
}
