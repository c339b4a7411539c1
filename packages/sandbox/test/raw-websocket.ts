import { request } from 'node:https';
import { Duplex } from 'node:stream';

interface RawOptions {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly protocol: string;
}

/**
 * The bytes of the binary messages of a WebSocket. A client of our own, because clients that follow RFC 6455 refuse the
 * slash in the protocol's name that Kubernetes uses.
 */
export function openRawWebSocket(url: string, { protocol, ...tls }: RawOptions): Promise<Duplex> {
  const headers = {
    ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': protocol,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false, ...tls });
    sent.on('error', reject);
    sent.on('response', ({ statusCode }) => reject(new Error(`answered with ${statusCode}`)));
    sent.on('upgrade', (answer, socket, head) => {
      if (answer.headers['sec-websocket-protocol'] !== protocol)
        reject(new Error(`negotiated ${answer.headers['sec-websocket-protocol']}`));
      if (head.length > 0) socket.unshift(head);
      resolve(new Messages(socket));
    });
    sent.end();
  });
}

class Messages extends Duplex {
  readonly #socket: Duplex;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.once('close', () => this.destroy());
  }

  override _read(): void {}

  /** FIN and binary, masked with zeros: RFC 6455 §5.2. */
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const head = Buffer.alloc(14);
    head.set([0x82, 0x80 | 127]);
    head.writeUIntBE(chunk.length, 4, 6);
    this.#socket.write(Buffer.concat([head, chunk]), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= 2) {
      const short = bytes[1]! & 0x7f;
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < headBytes) break;
      const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? bytes.readUIntBE(4, 6) : short;
      if (bytes.length < headBytes + length) break;
      if ((bytes[0]! & 0x0f) === 2) this.push(bytes.subarray(headBytes, headBytes + length));
      bytes = bytes.subarray(headBytes + length);
    }
    this.#rest = bytes;
  }
}
