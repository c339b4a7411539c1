import type { Clock, Logger, Random } from '@fairlead/discovery';
import { Admittance } from '../grpc/admittance.js';
import type { Call, CallListener } from '../grpc/server-call.js';
import { CODES, type Status } from '../grpc/status.js';
import type { Gatekeeper } from '../security/gatekeeper.js';
import type { Identity } from '../security/reviews.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { Audience } from './audience.js';
import type { ClientNode } from './client-node.js';
import {
  ClientStream,
  DELTA,
  type OpenStream,
  type Protocol,
  SOTW,
  type StreamsHost,
} from './client-stream.js';
import { createEndOfTurn } from './end-of-turn.js';
import { NackLog } from './nack-log.js';
import type { Refusal } from './refusals.js';
import type { RequestRate } from './request-budget.js';
import type { Held, Interests, Nack } from './session.js';
import type { TypedRequest } from './stream.js';
import { WILDCARD } from './subscription.js';
import { type RefusalCause, Tally } from './tally.js';

/** What clients may ask for. A client that wants more names or streams is refused, one that asks too fast is read slowly. */
export interface AdsLimits {
  /** Streams of all clients together. */
  readonly maxStreams: number;
  /** Streams of the clients at one address. Loopback is not counted: everything there is one machine. */
  readonly maxStreamsPerAddress: number;
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

const CODE_OF: Readonly<Record<RefusalCause, Status['code']>> = {
  malformed: CODES.invalidArgument,
  streams: CODES.resourceExhausted,
  limit: CODES.resourceExhausted,
  closing: CODES.unavailable,
  unavailable: CODES.unavailable,
  unauthenticated: CODES.unauthenticated,
};

/** A new token comes with a new stream, a new certificate only with a new connection. */
function sendElsewhere(call: Call): void {
  if (call.certificate !== undefined) call.drainConnection();
}

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

/** `envoy.service.discovery.v3.AggregatedDiscoveryService`: both protocols, over one snapshot. */
export class AdsService implements StreamsHost {
  /** By path, as a server takes them. */
  readonly methods: ReadonlyMap<string, (call: Call) => void> = new Map([
    [`${SERVICE}/StreamAggregatedResources`, (call) => this.#open(call, SOTW)],
    [`${SERVICE}/DeltaAggregatedResources`, (call) => this.#open(call, DELTA)],
  ]);
  /** What the streams did so far. */
  readonly tally = new Tally();
  readonly #options: AdsServiceOptions;
  readonly audience = new Audience<OpenStream>();
  readonly endOfTurn = createEndOfTurn();
  readonly #streams = new Set<OpenStream>();
  readonly #admittance: Admittance;
  readonly #nacks: NackLog;
  readonly #leave: () => void;
  #closed = false;

  constructor(options: AdsServiceOptions) {
    this.#options = options;
    this.#nacks = new NackLog(options);
    const { maxStreams, maxStreamsPerAddress } = options.limits;
    this.#admittance = new Admittance({
      most: maxStreams,
      mostPerAddress: maxStreamsPerAddress,
      what: 'streams',
    });
    this.#leave = options.snapshot.subscribe((type, names, changedAtMs) => {
      for (const name of names) {
        const changed = [name];
        for (const stream of this.audience.of(type, name)) stream.changed(type, changed, changedAtMs);
        for (const stream of this.audience.of(type, WILDCARD)) stream.changed(type, changed, changedAtMs);
      }
    });
  }

  /** Those who have a stream open. */
  clients(): readonly AdsClient[] {
    return [...this.#streams].map((stream) => ({
      peer: stream.call.peer,
      user: stream.user,
      sinceMs: stream.sinceMs,
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
    for (const stream of this.#streams) {
      const timer = this.#options.clock.setTimeout(() => stream.end(), Math.floor(random() * spreadMs));
      timer.unref();
    }
  }

  /** Ends every stream at once. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#leave();
    for (const stream of [...this.#streams]) stream.end();
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get windowMs(): number {
    return this.#options.windowMs;
  }

  get requestRate(): RequestRate {
    return this.#options.limits.requestRate;
  }

  get maxNames(): number {
    return this.#options.limits.maxNames;
  }

  nacked(nack: Nack, node: ClientNode): void {
    this.tally.nacks[nack.type] += 1;
    this.#nacks.add(nack, node);
  }

  refuse(call: Call, cause: RefusalCause, status: Status | string): void {
    this.tally.refused[cause] += 1;
    call.end(typeof status === 'string' ? { code: CODE_OF[cause], details: status } : status);
  }

  over(stream: OpenStream): void {
    this.#streams.delete(stream);
    this.#admittance.leave(stream.call.peer);
  }

  #open<Request extends TypedRequest>(call: Call, protocol: Protocol<Request>): void {
    const { gatekeeper, snapshot, interests } = this.#options;
    if (this.#refusesAll(call)) return;
    const full = this.#admittance.enter(call.peer);
    if (full !== undefined) {
      this.refuse(call, 'streams', full);
      return;
    }
    if (gatekeeper === undefined) {
      this.#serve(new ClientStream(call, protocol, { host: this, snapshot, interests }));
      return;
    }
    void gatekeeper.admit(call).then((admission) => {
      if (!call.over && !this.#refusesAll(call)) {
        if (admission.kind === 'admitted') {
          this.#serveOne(call, protocol, { gatekeeper, identity: admission.identity });
          return;
        }
        this.refuse(call, admission.kind, admission.text);
        if (admission.kind === 'unauthenticated') sendElsewhere(call);
      }
      this.#admittance.leave(call.peer);
    });
  }

  #refusesAll(call: Call): boolean {
    if (this.#closed) this.refuse(call, 'closing', 'this control plane is shutting down');
    return this.#closed;
  }

  /** Serves a client what it may see, as long as its credentials are good: it comes back with newer ones. */
  #serveOne<Request extends TypedRequest>(
    call: Call,
    protocol: Protocol<Request>,
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
    const onExpiry = (): void => {
      stream.end();
      sendElsewhere(call);
    };
    const expiry =
      expiresAtMs === undefined
        ? undefined
        : clock.setTimeout(onExpiry, Math.max(0, expiresAtMs - clock.now()));
    expiry?.unref();
    const onEnd = (): void => {
      expiry?.cancel();
      view.close();
    };
    const sees = { snapshot: view, interests: view };
    const stream = new ClientStream(call, protocol, { host: this, ...sees, user: username, onEnd });
    this.#serve(stream);
  }

  #serve(stream: OpenStream & CallListener): void {
    this.#streams.add(stream);
    stream.call.listen(stream);
  }
}
