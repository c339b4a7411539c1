import { HEADER_BYTES, MessageReader } from '#control-plane/grpc/frame.js';
import { bytesForm } from '../forms/bytes.js';
import { type FuzzTarget, hold } from '../target.js';

/** The longest message that is accepted. */
const MOST_BYTES = 300;

interface Read {
  readonly messages: readonly Buffer[];
  /** The code of the refusal, undefined without one. */
  readonly code: number | undefined;
}

/** What a reader finds in the bytes when they come in pieces of these lengths, over and over. */
function read(bytes: Buffer, lengths: readonly number[]): Read {
  const messages: Buffer[] = [];
  const reader = new MessageReader(MOST_BYTES);
  const listener = { message: (message: Buffer) => void messages.push(Buffer.from(message)) };
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const end = at + Math.max(1, lengths[n % lengths.length] ?? 1);
    const code = reader.push(bytes.subarray(at, end), listener)?.code;
    if (code !== undefined) return { messages, code };
    at = end;
  }
  return { messages, code: undefined };
}

/** The same by gRPC's own words: "Compressed-Flag Message-Length Message", one after the other. */
function expected(bytes: Buffer): Read {
  const messages: Buffer[] = [];
  for (let rest = bytes; rest.length >= HEADER_BYTES; ) {
    const end = HEADER_BYTES + rest.readUInt32BE(1);
    if (rest[0] !== 0) return { messages, code: 12 };
    if (end > HEADER_BYTES + MOST_BYTES) return { messages, code: 8 };
    if (rest.length < end) break;
    messages.push(rest.subarray(HEADER_BYTES, end));
    rest = rest.subarray(end);
  }
  return { messages, code: undefined };
}

/** The first three bytes say how the others are cut. */
function judge(input: Buffer): void {
  const bytes = input.subarray(3);
  const wanted = expected(bytes);
  for (const lengths of [[...input.subarray(0, 3)], [1], [bytes.length]]) {
    const found = read(bytes, lengths);
    hold(found.code === wanted.code, `cut by ${lengths} it ends with ${found.code}, not ${wanted.code}`);
    hold(found.messages.length === wanted.messages.length, `cut by ${lengths} there are other messages`);
    hold(
      found.messages.every((message, n) => message.equals(wanted.messages[n] ?? Buffer.alloc(0))),
      `cut by ${lengths} a message is another`,
    );
  }
}

function framed(...messages: readonly Buffer[]): Buffer {
  const parts = messages.flatMap((message) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(message.length, 1);
    return [header, message];
  });
  return Buffer.concat(parts);
}

const cutBy = (lengths: readonly number[], bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(lengths), bytes]);

/** The bytes of a call to the control plane's gRPC server. */
export const grpcMessages: FuzzTarget<Buffer> = {
  name: 'grpc-messages',
  about: 'bytes of a gRPC call, cut anywhere: the same messages, or the same refusal, however they are cut',
  form: bytesForm(
    [
      [0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0],
      [0, 0, 0, 1, 44],
      [0, 0, 0, 1, 45],
      [0, 0xff, 0xff, 0xff, 0xff],
    ].map((word) => Buffer.from(word)),
  ),
  seeds: () => [
    cutBy([1, 2, 3], framed(Buffer.from('one'), Buffer.alloc(0), Buffer.from('three'))),
    cutBy([7, 255, 4], framed(Buffer.alloc(MOST_BYTES, 'x'), Buffer.from('after'))),
    cutBy([9, 9, 9], framed(Buffer.alloc(MOST_BYTES + 1, 'x'))),
    cutBy([5, 0, 0], framed(Buffer.from('a'), Buffer.from('b')).subarray(0, -1)),
  ],
  open: () => ({ check: judge }),
};
