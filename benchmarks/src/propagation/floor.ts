import { type ClientRequest, get } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Backend } from '../backend/backend.js';
import { NAMESPACE } from '../backend/slices.js';
import { monotonicMs, quiet } from '../clock.js';

/** The method that every call of the benchmarks calls. */
export const CALL_PATH = '/fairlead.bench.Bench/Call';

const NEWLINE = 0x0a;
const EMPTY_MESSAGE = Buffer.alloc(5);

function openWatch(
  backend: Backend,
  service: string,
  onChunk: (chunk: Buffer) => void,
): Promise<ClientRequest> {
  const query = `watch=true&labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
  const url = `${backend.hello.api}/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices?${query}`;
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.on('data', onChunk);
      resolve(request);
    });
    request.once('error', reject);
    // After close() the server's end of the connection is of no interest.
    request.on('error', () => {});
  });
}

/** Connects, waits for the server's SETTINGS as gRPC must, makes one call and reads it to its end. */
function connectAndCall(address: string): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    session.once('error', reject);
    session.once('remoteSettings', () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': CALL_PATH,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      stream.once('error', reject);
      stream.resume();
      stream.once('end', () => resolve(session));
      stream.end(EMPTY_MESSAGE);
    });
  });
}

/**
 * What no client can do without, written as directly as Node allows: the event's bytes arrive on an open watch, a
 * connection is made, one call is answered. It knows the new address beforehand, so it does not even parse the event.
 */
export class Floor {
  private readonly backend: Backend;
  private readonly service: string;
  private request: ClientRequest | null = null;
  private onEvent: () => void = () => {};

  constructor(backend: Backend, service: string) {
    this.backend = backend;
    this.service = service;
  }

  async start(): Promise<void> {
    this.request = await openWatch(this.backend, this.service, (chunk) => {
      if (chunk[chunk.length - 1] === NEWLINE) this.onEvent();
    });
  }

  /** Adds an endpoint, waits until it answers, and takes it away again; returns how long the answer took (ms). */
  async change(): Promise<number> {
    const [host = ''] = await this.backend.openHosts(1);
    await quiet();
    const { session, answeredAtMs } = await this.afterEvent(
      () => this.backend.add(this.service, host, 'grown-slice'),
      async () => {
        const session = await connectAndCall(this.backend.peer(host));
        return { session, answeredAtMs: monotonicMs() };
      },
    );
    const writtenAtMs = await this.backend.writtenAtMs(this.service);
    session.destroy();
    await this.afterEvent(
      () => this.backend.remove(this.service, host),
      async () => {},
    );
    return answeredAtMs - writtenAtMs;
  }

  close(): void {
    this.request?.destroy();
  }

  private afterEvent<T>(cause: () => void, react: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onEvent = () => {
        this.onEvent = () => {};
        react().then(resolve, reject);
      };
      cause();
    });
  }
}
