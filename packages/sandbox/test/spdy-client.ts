import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { constants, createDeflate, type Deflate } from 'node:zlib';
import { HEADER_DICTIONARY } from '../src/node-agent/spdy/dictionary.js';
import { dataFrame, type Frame, FrameReader, pingFrame, resetFrame } from '../src/node-agent/spdy/frames.js';

/** The other side of a stream. */
export interface ClientStream {
  readonly id: number;
  text: string;
  replied: boolean;
  /** The server has ended its side. */
  ended: boolean;
  reset: boolean;
}

/** A client of SPDY/3.1 that shows everything that the server sends. */
export class SpdyClient {
  readonly #transport: Duplex;
  readonly #deflate: Deflate = createDeflate({
    dictionary: HEADER_DICTIONARY,
    flush: constants.Z_SYNC_FLUSH,
  });
  readonly #compressed: Buffer[] = [];
  readonly streams = new Map<number, ClientStream>();
  /** What was negotiated. */
  readonly protocol: string;
  readonly pongs: number[] = [];
  goneAway = false;
  readonly closed: Promise<void>;
  #nextId = 1;

  constructor(transport: Duplex, protocol = '') {
    this.protocol = protocol;
    this.#transport = transport;
    this.#deflate.on('data', (part: Buffer) => this.#compressed.push(part));
    const reader = new FrameReader();
    transport.on('error', () => {});
    transport.on('data', (chunk: Buffer) => {
      for (const frame of reader.read(chunk)) this.#take(frame);
    });
    this.closed = new Promise((resolve) => transport.once('close', () => resolve()));
  }

  /** Opens a stream; `flags` 1: nothing will be sent on it. */
  async open(headers: Record<string, string>, flags = 0, id = this.#nextId): Promise<ClientStream> {
    this.#nextId = id + 2;
    const stream: ClientStream = { id, text: '', replied: false, ended: false, reset: false };
    this.streams.set(id, stream);
    const block = await this.#compress(headers);
    const head = Buffer.alloc(18);
    head.writeUInt32BE(0x80030001, 0);
    head.writeUInt32BE(10 + block.length, 4);
    head[4] = flags;
    head.writeUInt32BE(id, 8);
    this.#transport.write(Buffer.concat([head, block]));
    return stream;
  }

  send({ id }: Pick<ClientStream, 'id'>, data: string | Buffer, last = false): void {
    this.#transport.write(Buffer.concat(dataFrame(id, Buffer.from(data), last)));
  }

  reset({ id }: Pick<ClientStream, 'id'>): void {
    this.#transport.write(resetFrame(id, 5));
  }

  ping(id: number): void {
    this.#transport.write(pingFrame(id));
  }

  raw(bytes: Buffer): void {
    this.#transport.write(bytes);
  }

  close(): void {
    this.#transport.destroy();
    this.#deflate.destroy();
  }

  async #compress(headers: Record<string, string>): Promise<Buffer> {
    const number = (value: number): Buffer => {
      const four = Buffer.alloc(4);
      four.writeUInt32BE(value);
      return four;
    };
    const pairs = Object.entries(headers);
    const words = pairs.flat().flatMap((word) => [number(word.length), Buffer.from(word)]);
    this.#compressed.length = 0;
    await new Promise<void>((resolve, reject) =>
      this.#deflate.write(Buffer.concat([number(pairs.length), ...words]), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    return Buffer.concat(this.#compressed);
  }

  #take(frame: Frame): void {
    if (frame.kind === 'ping') this.pongs.push(frame.id);
    if (frame.kind === 'goAway') this.goneAway = true;
    if (!('streamId' in frame)) return;
    const stream = this.streams.get(frame.streamId);
    if (!stream) return;
    if (frame.kind === 'headers') stream.replied = true;
    if (frame.kind === 'rstStream') stream.reset = true;
    if (frame.kind !== 'data') return;
    stream.text += frame.data.toString();
    stream.ended ||= frame.last;
  }
}

interface SpdyUpgrade {
  readonly url: string;
  readonly protocols: string;
  readonly tls: { readonly ca: string; readonly cert?: string; readonly key?: string };
  readonly upgrade?: string;
}

/** Asks for SPDY/3.1 over TLS; rejects with the refusal. */
export function openSpdy({ url, protocols, tls, upgrade = 'SPDY/3.1' }: SpdyUpgrade): Promise<SpdyClient> {
  const headers = { connection: 'Upgrade', upgrade, 'x-stream-protocol-version': protocols };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false, ...tls });
    sent.on('error', reject);
    sent.on('upgrade', (answer, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(new SpdyClient(socket, String(answer.headers['x-stream-protocol-version'])));
    });
    sent.on('response', async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      reject(new Error(`${answer.statusCode} ${text.trim()}`));
    });
    sent.end();
  });
}
