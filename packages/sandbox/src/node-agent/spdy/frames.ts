/** A stretch of SPDY/3.1 as it came over the wire; data comes in pieces, however long its frame is. */
export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly data: Buffer; readonly last: boolean }
  | {
      readonly kind: 'synStream';
      readonly streamId: number;
      readonly headers: Buffer;
      readonly last: boolean;
      /** The sender does not want to hear anything on this stream. */
      readonly oneWay: boolean;
    }
  | { readonly kind: 'headers'; readonly streamId: number; readonly headers: Buffer; readonly last: boolean }
  | { readonly kind: 'rstStream'; readonly streamId: number }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'goAway' };

/** Bytes that are not SPDY/3.1, or more than is taken. */
export class SpdyError extends Error {}

const VERSION = 3;
const TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
} as const;
const FLAG_LAST = 1;
const FLAG_ONE_WAY = 2;
const HEAD_BYTES = 8;
/** Longer control frames are refused (bytes); the headers of kubectl's streams have some hundred. */
const MOST_CONTROL_BYTES = 64 * 1024;
/** RST_STREAM's reasons (§2.6.3). */
export const RESET = { protocolError: 1, refused: 3, cancel: 5 } as const;

/** Cuts bytes into frames, wherever they are cut themselves. SETTINGS and WINDOW_UPDATE say nothing here. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  /** The data frame that is under way. */
  #data: { readonly streamId: number; readonly last: boolean; left: number } | undefined;

  /** The frames that have come. Throws SpdyError; then nothing more can be read. */
  *read(chunk: Buffer): Generator<Frame> {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (this.#data) {
        if (bytes.length === 0) break;
        const data = bytes.subarray(0, this.#data.left);
        bytes = bytes.subarray(data.length);
        yield this.#piece(data);
        continue;
      }
      if (bytes.length < HEAD_BYTES) break;
      const length = bytes.readUIntBE(5, 3);
      if (bytes[0]! < 0x80) {
        const streamId = bytes.readUInt32BE(0);
        this.#data = { streamId, last: (bytes[4]! & FLAG_LAST) !== 0, left: length };
        bytes = bytes.subarray(HEAD_BYTES);
        if (length === 0) yield this.#piece(Buffer.alloc(0));
        continue;
      }
      if (length > MOST_CONTROL_BYTES)
        throw new SpdyError(`control frame of ${length} bytes: accepted are ${MOST_CONTROL_BYTES}`);
      if (bytes.length < HEAD_BYTES + length) break;
      const frame = parseControl(bytes.subarray(0, HEAD_BYTES + length));
      bytes = bytes.subarray(HEAD_BYTES + length);
      if (frame) yield frame;
    }
    this.#rest = bytes;
  }

  #piece(data: Buffer): Frame {
    const { streamId, last, left } = this.#data!;
    const rest = left - data.length;
    if (rest === 0) this.#data = undefined;
    else this.#data!.left = rest;
    return { kind: 'data', streamId, data, last: last && rest === 0 };
  }
}

function parseControl(frame: Buffer): Frame | undefined {
  const version = frame.readUInt16BE(0) & 0x7fff;
  if (version !== VERSION) throw new SpdyError(`SPDY version ${version}: accepted is ${VERSION}`);
  const type = frame.readUInt16BE(2);
  const last = (frame[4]! & FLAG_LAST) !== 0;
  const body = frame.subarray(HEAD_BYTES);
  switch (type) {
    case TYPE.synStream: {
      const oneWay = (frame[4]! & FLAG_ONE_WAY) !== 0;
      return { kind: 'synStream', streamId: streamIdOf(body, 10), headers: body.subarray(10), last, oneWay };
    }
    case TYPE.synReply:
    case TYPE.headers:
      return { kind: 'headers', streamId: streamIdOf(body, 4), headers: body.subarray(4), last };
    case TYPE.rstStream:
      return { kind: 'rstStream', streamId: streamIdOf(body, 8) };
    case TYPE.ping:
      return { kind: 'ping', id: atLeast(body, 4).readUInt32BE(0) };
    case TYPE.goAway:
      return { kind: 'goAway' };
    default:
      return undefined;
  }
}

const streamIdOf = (body: Buffer, bytes: number): number => atLeast(body, bytes).readUInt32BE(0) & 0x7fffffff;

function atLeast(body: Buffer, bytes: number): Buffer {
  if (body.length < bytes) throw new SpdyError(`control frame of ${body.length} bytes: it needs ${bytes}`);
  return body;
}

function control(type: number, ...words: readonly number[]): Buffer {
  const frame = Buffer.alloc(HEAD_BYTES + 4 * words.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(4 * words.length, 4);
  for (const [at, word] of words.entries()) frame.writeUInt32BE(word, HEAD_BYTES + 4 * at);
  return frame;
}

/** A DATA frame in two parts: its head, and the bytes themselves. */
export function dataFrame(streamId: number, data: Buffer, last: boolean): [Buffer, Buffer] {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE(data.length, 4);
  if (last) head[4] = FLAG_LAST;
  return [head, data];
}

/** SYN_REPLY with headers that are compressed already. */
export function replyFrame(streamId: number, headers: Buffer): Buffer {
  const head = control(TYPE.synReply, streamId);
  head.writeUInt32BE(4 + headers.length, 4);
  return Buffer.concat([head, headers]);
}

export const resetFrame = (streamId: number, reason: number): Buffer =>
  control(TYPE.rstStream, streamId, reason);

export const pingFrame = (id: number): Buffer => control(TYPE.ping, id);

/** GOAWAY without trouble. */
export const goAwayFrame = (lastStreamId: number): Buffer => control(TYPE.goAway, lastStreamId, 0);
