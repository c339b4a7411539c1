import { Duplex } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { constants, deflateSync } from 'node:zlib';
import { HEADER_DICTIONARY } from '#sandbox/node-agent/spdy/dictionary.js';
import {
  dataFrame,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  resetFrame,
  SpdyError,
} from '#sandbox/node-agent/spdy/frames.js';
import { SpdySession, type SpdyStream } from '#sandbox/node-agent/spdy/session.js';
import { ResizeReader } from '#sandbox/node-agent/streams/resize.js';
import { bytesForm } from '../forms/bytes.js';
import { read } from '../judge/refusal.js';
import { Dice } from '../random.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = { documented: (error: unknown) => error instanceof SpdyError };

/** The bytes in pieces; the last byte decides where they are cut. */
function pieces(bytes: Buffer): Buffer[] {
  const dice = new Dice(bytes.at(-1) ?? 0);
  const cut: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + dice.below(dice.pick([1, 12, 300, 70_000]));
    cut.push(bytes.subarray(from, to));
    from = to;
  }
  return cut;
}

/** What a reader makes of bytes; data that follows data of the same stream is one with it. */
function framesOf(chunks: readonly Buffer[]): { frames: unknown[]; whole: boolean } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  const whole = read(REFUSALS, () => {
    for (const chunk of chunks) for (const frame of reader.read(chunk)) frames.push(frame);
    return true;
  });
  const joined: { head: string; data: Buffer[] }[] = [];
  for (const frame of frames) {
    const head = frame.kind === 'data' ? `data ${frame.streamId}` : JSON.stringify(frame);
    const last = joined.at(-1);
    if (frame.kind === 'data' && last?.head === head) last.data.push(frame.data);
    else joined.push({ head, data: frame.kind === 'data' ? [frame.data] : [] });
    if (frame.kind === 'data' && frame.last) joined.push({ head: 'last', data: [] });
  }
  return {
    frames: joined.map(({ head, data }) => [head, Buffer.concat(data).toString('latin1')]),
    whole: whole === true,
  };
}

/** The server's end of a connection whose client sends all at once and leaves. */
class Line extends Duplex {
  readonly sent: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(chunk);
    done();
  }
}

/** A server that says back what it hears, and reads sizes of terminals from it. */
async function judgeSession(chunks: readonly Buffer[]): Promise<void> {
  const line = new Line();
  const streams: SpdyStream[] = [];
  const session = new SpdySession(line, (stream) => {
    if (stream.headers.get('streamtype') === 'refused') throw new Error('refused');
    streams.push(stream);
    const sizes = new ResizeReader();
    stream.on('data', (chunk: Buffer) => {
      for (const { columns, rows } of sizes.read(chunk)) hold(columns > 0 && rows > 0, 'a size of nothing');
    });
    stream.pipe(stream);
  });
  for (const chunk of chunks) line.push(chunk);
  line.push(null);
  await session.closed;
  hold(
    streams.every(({ destroyed }) => destroyed),
    'a stream outlives its connection',
  );
  hold(framesOf([Buffer.concat(line.sent)]).whole, 'what is sent is not SPDY');
}

async function judge(bytes: Buffer): Promise<void> {
  const chunks = pieces(bytes);
  const [whole, cut] = [framesOf([bytes]), framesOf(chunks)];
  hold(whole.whole === cut.whole, 'bytes that are cut are refused, or the other way round');
  hold(isDeepStrictEqual(whole.frames, cut.frames), 'other pieces make other frames');
  await judgeSession(chunks);
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A header block: the first of a connection is compressed, the next ones are stored as they are. */
function block(headers: Readonly<Record<string, string>>, first: boolean): Buffer {
  const words = Object.entries(headers).flat();
  const plain = Buffer.concat([
    number(words.length / 2),
    ...words.flatMap((word) => [number(word.length), Buffer.from(word)]),
  ]);
  if (first)
    return deflateSync(plain, { dictionary: HEADER_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  const stored = Buffer.from([0, 0, 0, 0, 0]);
  stored.writeUInt16LE(plain.length, 1);
  stored.writeUInt16LE(plain.length ^ 0xffff, 3);
  return Buffer.concat([stored, plain, Buffer.of(0, 0, 0, 0xff, 0xff)]);
}

/** SYN_STREAM of a client. */
function open(id: number, headers: Readonly<Record<string, string>>, flags = 0): Buffer {
  const body = Buffer.concat([number(id), Buffer.alloc(6), block(headers, id === 1)]);
  const head = Buffer.from([0x80, 3, 0, 1, flags, 0, 0, 0]);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

const data = (id: number, text: string, last = false): Buffer =>
  Buffer.concat(dataFrame(id, Buffer.from(text), last));

/** What clients send over SPDY/3.1 for `exec` and `portforward`. */
export const spdy: FuzzTarget<Buffer> = {
  name: 'spdy',
  about: 'bytes of SPDY/3.1, cut anywhere: the same frames; a session ends with all of its streams',
  form: bytesForm([
    ...[
      [0x80, 3, 0, 1],
      [0x80, 3, 0, 3],
      [0x80, 3, 0, 6],
      [0x80, 3, 0, 8],
      [1, 0, 0, 0],
      [0, 0, 0, 0xff, 0xff],
    ].map((bytes) => Buffer.from(bytes)),
    resetFrame(1, 5),
    pingFrame(1),
    data(1, 'x'),
  ]),
  seeds: () => [
    Buffer.concat([
      open(1, { streamtype: 'error' }),
      open(3, { streamtype: 'stdin' }),
      open(5, { streamtype: 'resize' }),
      pingFrame(1),
      data(5, '{"Width":80,"Height":24}\n'),
      data(3, 'ls\n'),
      data(3, '', true),
      goAwayFrame(0),
    ]),
    Buffer.concat([
      open(1, { streamtype: 'error', port: '8080', requestid: '0' }, 1),
      open(3, { streamtype: 'data', port: '8080', requestid: '0' }),
      data(3, 'GET / HTTP/1.1\r\n\r\n'),
      resetFrame(3, 5),
      open(5, { streamtype: 'refused' }, 2),
      data(5, 'late', true),
    ]),
  ],
  open: () => ({ check: judge }),
};
