import type { Call, CallListener } from '../grpc/server-call.js';
import { CODES, type Status } from '../grpc/status.js';
import type { ResourceType } from '../resource-type.js';
import type { Audience } from './audience.js';
import type { ClientNode } from './client-node.js';
import { type DeltaRequest, DeltaSession } from './delta-session.js';
import { type ReadRequest, readDeltaRequest, readSotwRequest, UNREADABLE } from './read-request.js';
import type { Refusal } from './refusals.js';
import type { Held, Interests, Session, SessionOptions } from './session.js';
import { type SotwRequest, SotwSession } from './sotw-session.js';
import { AdsStream, type StreamCommon, type TypedRequest, type Wire } from './stream.js';
import { WILDCARD } from './subscription.js';
import type { RefusalCause } from './tally.js';

/** How one of the two protocols is spoken. */
export interface Protocol<Request extends TypedRequest> {
  read(bytes: Buffer): ReadRequest<Request> | typeof UNREADABLE;
  createSession(options: SessionOptions): Session<Request>;
}

export const SOTW: Protocol<SotwRequest> = {
  read: readSotwRequest,
  createSession: (options) => new SotwSession(options),
};
export const DELTA: Protocol<DeltaRequest> = {
  read: readDeltaRequest,
  createSession: (options) => new DeltaSession(options),
};

/** What an open stream is to the service, whatever its requests are. */
export type OpenStream = Pick<
  ClientStream<never>,
  'call' | 'changed' | 'end' | 'held' | 'node' | 'refusals' | 'sinceMs' | 'user'
>;

/** Whose the streams are. */
export interface StreamsHost extends StreamCommon {
  readonly audience: Audience<OpenStream>;
  /** Names of one type that one stream may ask for. */
  readonly maxNames: number;
  /** Ends a call, and counts why. */
  refuse(call: Call, cause: RefusalCause, status: Status | string): void;
  /** A stream is over. */
  over(stream: OpenStream): void;
}

export interface ClientStreamOptions extends Pick<SessionOptions, 'snapshot' | 'interests'> {
  readonly host: StreamsHost;
  /** Who the client is; undefined when nobody asked. */
  readonly user?: string | undefined;
  /** Told when the stream is over. */
  onEnd?(): void;
}

/** What a stream writes to. */
class CallWire implements Wire {
  readonly #call: Call;
  readonly #host: StreamsHost;

  constructor(call: Call, host: StreamsHost) {
    this.#call = call;
    this.#host = host;
  }

  write(frame: Buffer, done: () => void): void {
    this.#call.write(frame, done);
  }

  end(refusal?: string): void {
    if (refusal === undefined) this.#call.end();
    else this.#host.refuse(this.#call, 'limit', refusal);
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }
}

/** One client's stream and its call; it notes in the audience what the client asks for. */
export class ClientStream<Request extends TypedRequest> implements CallListener, Interests {
  readonly call: Call;
  readonly user: string | undefined;
  /** Since when it is open (epoch ms). */
  readonly sinceMs: number;
  readonly #options: ClientStreamOptions;
  readonly #protocol: Protocol<Request>;
  readonly #stream: AdsStream<Request>;

  constructor(call: Call, protocol: Protocol<Request>, options: ClientStreamOptions) {
    const { host, snapshot, user } = options;
    this.call = call;
    this.user = user;
    this.sinceMs = host.clock.now();
    this.#options = options;
    this.#protocol = protocol;
    const session = protocol.createSession({ snapshot, interests: this, maxNames: host.maxNames });
    this.#stream = new AdsStream(session, new CallWire(call, host), host);
  }

  get node(): ClientNode | undefined {
    return this.#stream.node;
  }

  get refusals(): readonly Refusal[] {
    return this.#stream.refusals;
  }

  held(): readonly Held[] {
    return this.#stream.held();
  }

  changed(type: ResourceType, names: Iterable<string>, changedAtMs?: number): void {
    this.#stream.changed(type, names, changedAtMs);
  }

  /** Ends it, with status OK. Idempotent. */
  end(): void {
    this.#stream.end();
  }

  add(type: ResourceType, name: string): void {
    const { host, interests } = this.#options;
    host.audience.add(type, name, this);
    // That is nobody's interest but the audience's.
    if (name !== WILDCARD) interests.add(type, name);
  }

  remove(type: ResourceType, name: string): void {
    const { host, interests } = this.#options;
    host.audience.remove(type, name, this);
    if (name !== WILDCARD) interests.remove(type, name);
  }

  message(bytes: Buffer): void {
    if (this.call.over) return;
    const read = this.#protocol.read(bytes);
    if (read === UNREADABLE) this.#refuse('malformed', 'malformed discovery request');
    else this.#stream.request(read.request, read.node);
  }

  unreadable(refusal: Status): void {
    this.#refuse(refusal.code === CODES.resourceExhausted ? 'limit' : 'malformed', refusal);
  }

  halfClose(): void {
    this.#stream.end();
  }

  close(): void {
    this.#stream.close();
    this.#options.host.over(this);
    this.#options.onEnd?.();
  }

  /** Its client may take its time to go: what it asked for is given up at once. */
  #refuse(cause: RefusalCause, status: Status | string): void {
    this.#stream.close();
    this.#options.host.refuse(this.call, cause, status);
  }
}
