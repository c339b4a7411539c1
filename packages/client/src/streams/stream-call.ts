import { AsyncResource } from 'node:async_hooks';
import type { OpenStream } from '@fairlead/balancing';
import type { CallOptions, InterceptorOptions, Metadata, MetadataOptions } from '../grpc.js';

/** Why a stream shall be opened again elsewhere. */
export interface Imbalance {
  /** `imbalance`: its endpoint has too many streams. `terminating`: its endpoint will soon be gone. */
  readonly reason: 'imbalance' | 'terminating';
  /** The target of its channel as the application wrote it; '' below a resolver that is not ours. */
  readonly target: string;
}

/** Opens the stream again, and ends the old one when the new one has taken over. */
export type ImbalanceHandler = (event: Imbalance) => void;

/** The handler in the options of a call. An interceptor writes `seen` when it looks at it. */
export interface HandlerMark {
  readonly handler: ImbalanceHandler;
  seen: boolean;
}

/** Registered symbols: a call may pass through two copies of this package. */
const HANDLER = Symbol.for('@fairlead/client.onImbalance');
const STREAM = Symbol.for('@fairlead/client.stream');

interface MarkedOptions extends CallOptions {
  readonly [HANDLER]?: HandlerMark;
}

/** The call options that carry a handler. */
export function markOptions(mark: HandlerMark): CallOptions {
  const options: MarkedOptions = { [HANDLER]: mark };
  return options;
}

/** The mark that the options of a call carry. */
export function markOf(options: InterceptorOptions): HandlerMark | undefined {
  return (options as MarkedOptions)[HANDLER];
}

/** A call that is a stream, from its interceptor to the picker. */
export class StreamCall {
  /** Null: the application does not want to open it elsewhere. It runs where the stream was opened (async context). */
  readonly handler: ImbalanceHandler | null;

  constructor(handler: ImbalanceHandler | null) {
    this.handler = handler === null ? null : AsyncResource.bind(handler);
  }
}

interface MarkedMetadata extends MetadataOptions {
  readonly [STREAM]?: StreamCall;
}

/**
 * A copy of the metadata that says of which stream it is. It is written beside the options (`waitForReady` …), which
 * grpc-js hands on from copy to copy as far as the picker and never sends.
 */
export function markMetadata(metadata: Metadata, call: StreamCall): Metadata {
  const marked = metadata.clone();
  const options: MarkedMetadata = { ...metadata.getOptions(), [STREAM]: call };
  marked.setOptions(options);
  return marked;
}

/** The stream that the metadata of a pick is of; undefined: a unary call, or nobody said. */
export function streamCallOf(metadata: Metadata): StreamCall | undefined {
  return (metadata.getOptions() as MarkedMetadata)[STREAM];
}

/** An attempt of a stream whose application opens it again elsewhere when it is asked to. */
export class MovableStream implements OpenStream {
  readonly movable = true;
  private readonly handler: ImbalanceHandler;

  constructor(handler: ImbalanceHandler) {
    this.handler = handler;
  }

  /** Throws what the application throws. */
  ask(event: Imbalance): void {
    this.handler(event);
  }
}

/** Every stream that nobody offers to move. */
export const FIXED_STREAM: OpenStream = { movable: false };
