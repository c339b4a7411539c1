import type { Clock, Logger, Random } from '@fairlead/discovery';
import type { MethodDefinition, ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Credentials, Gatekeeper } from '../security/gatekeeper.js';
import type { Identity } from '../security/reviews.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { Admittance, type StreamBounds } from './admittance.js';
import type { ClientNode } from './client-node.js';
import { type DeltaRequest, DeltaSession } from './delta-session.js';
import { createEndOfTurn } from './end-of-turn.js';
import { NackLog } from './nack-log.js';
import { type ReadRequest, readDeltaRequest, readSotwRequest, UNREADABLE } from './read-request.js';
import type { Refusal } from './refusals.js';
import type { RequestRate } from './request-budget.js';
import type { Held, Interests, Session, SessionOptions } from './session.js';
import { type SotwRequest, SotwSession } from './sotw-session.js';
import { AdsStream, type Wire } from './stream.js';
import { type RefusalCause, Tally } from './tally.js';

/** What clients may ask for. A client that wants more names or streams is refused, one that asks too fast is read slowly. */
export interface AdsLimits extends StreamBounds {
  /** Names of one type on one stream. */
  readonly maxNames: number;
  /** Requests on one stream. */
  readonly requestRate: RequestRate;
}

export interface AdsServiceOptions {
  readonly snapshot: Snapshot;
  readonly interests: Interests;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: AdsLimits;
  /** Decides who may open a stream, and what it sees. Undefined: everyone, and everything. */
  readonly gatekeeper?: Gatekeeper | undefined;
  /** Responses of one type on one stream are no closer together (ms). */
  readonly windowMs: number;
}

/** A client that has a stream open. */
export interface AdsClient {
  readonly peer: string;
  /** Whom the API server, or its certificate, says that it is; undefined when that is not asked. */
  readonly user: string | undefined;
  /** Undefined before its first request. */
  readonly node: ClientNode | undefined;
  readonly refusals: readonly Refusal[];
  /** Since when its stream is open (epoch ms). */
  readonly sinceMs: number;
  /** What it was sent last, by type. */
  held(): readonly Held[];
}

type StreamFacts = Pick<AdsClient, 'peer' | 'user' | 'sinceMs'>;

type Method<Request> = MethodDefinition<ReadRequest<Request> | typeof UNREADABLE, Buffer>;
/** What an open stream is to the service, whatever its requests are. */
type OpenStream = Pick<AdsStream<never>, 'changed' | 'end' | 'held' | 'node' | 'refusals'>;
type CreateSession<Request> = (options: SessionOptions) => Session<Request>;
type Emitter = Pick<Call<unknown>, 'emit'>;
type Call<Request> = ServerDuplexStream<ReadRequest<Request> | typeof UNREADABLE, Buffer>;

/** Status codes of gRPC at their numbers: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE, UNAUTHENTICATED. */
const CODES: Readonly<Record<RefusalCause, number>> = {
  malformed: 3,
  streams: 8,
  limit: 8,
  closing: 14,
  unavailable: 14,
  unauthenticated: 16,
};

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

function method<Request>(
  name: string,
  read: (bytes: Buffer) => ReadRequest<Request> | typeof UNREADABLE,
): Method<Request> {
  return {
    path: `${SERVICE}/${name}`,
    requestStream: true,
    responseStream: true,
    // Requests are written by clients only.
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: read,
    // Responses are bytes already.
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  };
}

function credentialsOf<Request>(call: Call<Request>): Credentials {
  const [authorization] = call.metadata.get('authorization');
  const { sslPeerCertificate: certificate } = call.getAuthContext();
  return { authorization: authorization?.toString(), certificate };
}

/** `envoy.service.discovery.v3.AggregatedDiscoveryService`: both protocols, over one snapshot. */
export class AdsService {
  readonly definition = {
    StreamAggregatedResources: method('StreamAggregatedResources', readSotwRequest),
    DeltaAggregatedResources: method('DeltaAggregatedResources', readDeltaRequest),
  };
  readonly implementation: UntypedServiceImplementation = {
    StreamAggregatedResources: (call: Call<SotwRequest>) =>
      this.#open(call, (options) => new SotwSession(options)),
    DeltaAggregatedResources: (call: Call<DeltaRequest>) =>
      this.#open(call, (options) => new DeltaSession(options)),
  };
  /** What the streams did so far. */
  readonly tally = new Tally();
  readonly #options: AdsServiceOptions;
  readonly #streams = new Map<OpenStream, StreamFacts>();
  readonly #admittance: Admittance;
  readonly #nacks: NackLog;
  readonly #endOfTurn = createEndOfTurn();
  readonly #leave: () => void;
  #closed = false;

  constructor(options: AdsServiceOptions) {
    this.#options = options;
    this.#nacks = new NackLog(options);
    this.#admittance = new Admittance(options.limits);
    this.#leave = options.snapshot.subscribe((type, names, changedAtMs) => {
      for (const stream of this.#streams.keys()) stream.changed(type, names, changedAtMs);
    });
  }

  /** Those who have a stream open. */
  clients(): readonly AdsClient[] {
    return [...this.#streams].map(([stream, facts]) => ({
      ...facts,
      node: stream.node,
      refusals: stream.refusals,
      held: () => stream.held(),
    }));
  }

  /**
   * Takes no further streams and ends those that are open, with status OK, spread evenly over so long (ms): clients that
   * all came at once would all go to the next replica at once.
   */
  drain(spreadMs: number, random: Random): void {
    this.#closed = true;
    for (const stream of this.#streams.keys()) {
      const timer = this.#options.clock.setTimeout(() => stream.end(), Math.floor(random() * spreadMs));
      timer.unref();
    }
  }

  /** Ends every stream at once. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#leave();
    for (const stream of [...this.#streams.keys()]) stream.end();
  }

  #open<Request>(call: Call<Request>, createSession: CreateSession<Request>): void {
    const { gatekeeper, snapshot, interests } = this.#options;
    if (this.#refusesAll(call)) return;
    const peer = call.getPeer();
    const full = this.#admittance.enter(peer);
    if (full !== undefined) {
      this.#refuse(call, 'streams', full);
      return;
    }
    if (gatekeeper === undefined) {
      this.#serve(call, this.#stream(call, createSession, { snapshot, interests }));
      return;
    }
    void gatekeeper.admit(credentialsOf(call)).then((admission) => {
      if (!call.cancelled && !this.#refusesAll(call)) {
        if (admission.kind === 'admitted') {
          this.#serveOne(call, createSession, { gatekeeper, identity: admission.identity });
          return;
        }
        this.#refuse(call, admission.kind, admission.text);
      }
      this.#admittance.leave(peer);
    });
  }

  #refuse(call: Emitter, cause: RefusalCause, details: string): void {
    this.tally.refused[cause] += 1;
    call.emit('error', { code: CODES[cause], details });
  }

  #wireOf<Request>(call: Call<Request>): Wire {
    return {
      write: (bytes, done) => void call.write(bytes, done),
      end: (refusal) => (refusal === undefined ? call.end() : this.#refuse(call, 'limit', refusal)),
      pause: () => void call.pause(),
      resume: () => void call.resume(),
    };
  }

  #refusesAll(call: Emitter): boolean {
    if (this.#closed) this.#refuse(call, 'closing', 'this control plane is shutting down');
    return this.#closed;
  }

  /** Serves a client what it may see, as long as its credentials are good: it comes back with newer ones. */
  #serveOne<Request>(
    call: Call<Request>,
    createSession: CreateSession<Request>,
    { gatekeeper, identity }: { readonly gatekeeper: Gatekeeper; readonly identity: Identity },
  ): void {
    const { snapshot, interests, clock, logger } = this.#options;
    const { username, expiresAtMs } = identity;
    const view = gatekeeper.viewOf(identity, {
      snapshot,
      interests,
      onChange: (type, names) => stream.changed(type, names),
      onWithdrawn: (namespace) => {
        logger.info('a client may no longer see a namespace', { user: username, namespace });
        stream.end();
      },
    });
    const stream = this.#stream(call, createSession, { snapshot: view, interests: view });
    const expiry =
      expiresAtMs === undefined
        ? undefined
        : clock.setTimeout(() => stream.end(), Math.max(0, expiresAtMs - clock.now()));
    expiry?.unref();
    const onEnd = (): void => {
      expiry?.cancel();
      view.close();
    };
    this.#serve(call, stream, { user: username, onEnd });
  }

  #stream<Request>(
    call: Call<Request>,
    createSession: CreateSession<Request>,
    sees: Pick<SessionOptions, 'snapshot' | 'interests'>,
  ): AdsStream<Request> {
    const { clock, windowMs, limits } = this.#options;
    return new AdsStream<Request>({
      session: createSession({ ...sees, maxNames: limits.maxNames }),
      wire: this.#wireOf(call),
      clock,
      windowMs,
      requestRate: limits.requestRate,
      endOfTurn: this.#endOfTurn,
      tally: this.tally,
      onNack: (nack, node) => {
        this.tally.nacks[nack.type] += 1;
        this.#nacks.add(nack, node);
      },
    });
  }

  #serve<Request>(
    call: Call<Request>,
    stream: AdsStream<Request>,
    { user, onEnd }: { readonly user?: string; onEnd?(): void } = {},
  ): void {
    const peer = call.getPeer();
    const forget = (): void => {
      if (!this.#streams.delete(stream)) return;
      stream.close();
      this.#admittance.leave(peer);
      onEnd?.();
    };
    this.#streams.set(stream, { peer, user, sinceMs: this.#options.clock.now() });
    call.on('cancelled', forget);
    call.on('error', forget);
    call.on('finish', forget);
    call.on('end', () => stream.end());
    call.on('data', (read: ReadRequest<Request> | typeof UNREADABLE) => {
      if (read === UNREADABLE) this.#refuse(call, 'malformed', 'malformed discovery request');
      else if (read.request !== undefined) stream.request(read.request, read.node);
    });
  }
}
