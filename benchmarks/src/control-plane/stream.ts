import { connect, constants } from 'node:http2';
import type { ResourceType } from '@fairlead/control-plane';
import { monotonicMs } from '#commands/wait.js';
import {
  messageReader,
  PATHS,
  type Protocol,
  type Requests,
  type Response,
  readResponse,
  requestsOf,
} from './wire.js';

export interface StreamOptions {
  readonly port: number;
  readonly protocol: Protocol;
  readonly types: readonly ResourceType[];
  /** What it wants of each type. */
  readonly names: readonly string[];
  /** Who the client says that it is. */
  readonly node: string;
  /** `bytes`: length of the response; `atMs`: when it was read (CLOCK_MONOTONIC). Before it is accepted. */
  onResponse(response: Response, bytes: number, atMs: number): void;
  /** The answer to a response was handed to the kernel. */
  onAnswered(response: Response): void;
  /** The connection or the stream has ended. Called once. */
  onEnd(): void;
}

/** A client of a control plane: a connection of its own with one stream, on which it accepts every response. */
export function openStream(options: StreamOptions): { close(): void } {
  const { port, protocol, types, names, node, onResponse, onAnswered, onEnd } = options;
  let ended = false;
  const session = connect(`http://127.0.0.1:${port}`);
  const end = (): void => {
    if (ended) return;
    ended = true;
    session.destroy();
    onEnd();
  };
  session.on('error', end);
  session.on('close', end);
  const stream = session.request(
    {
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: PATHS[protocol],
      'content-type': 'application/grpc',
      te: 'trailers',
    },
    { endStream: false },
  );
  stream.on('error', end);
  stream.on('close', end);
  const requests = new Map<ResourceType, Requests>(
    types.map((type) => [type, requestsOf(protocol, type, names)]),
  );
  const read = messageReader((message) => {
    const response = readResponse(message);
    onResponse(response, message.length, monotonicMs());
    const accept = requests.get(response.type)?.accept(response);
    if (accept === undefined) throw new Error(`${response.type} was not asked for`);
    stream.write(accept, () => onAnswered(response));
  });
  stream.on('data', read);
  let first: string | undefined = node;
  for (const each of requests.values()) {
    stream.write(each.first(first));
    first = undefined;
  }
  return { close: end };
}
