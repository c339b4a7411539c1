import type { Clock, Timer } from '@fairlead/discovery';
import { HEADER_BYTES } from '../grpc/frame.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import { type ClientNode, keepsLastEndpoints } from './client-node.js';
import type { EndOfTurn } from './end-of-turn.js';
import { Pacing } from './pacing.js';
import { type Refusal, Refusals } from './refusals.js';
import { RequestBudget, type RequestRate } from './request-budget.js';
import type { Held, Nack, Session } from './session.js';
import type { Tally } from './tally.js';

/** The wire of one stream, as far as it is needed. */
export interface Wire {
  /** `done` is called when the bytes are on their way, which with a client that does not read is much later or never. */
  write(frame: Buffer, done: () => void): void;
  /** Ends the stream: OK without a refusal, else RESOURCE_EXHAUSTED. */
  end(refusal?: string): void;
  pause(): void;
  resume(): void;
}

/** What all streams share. */
export interface StreamCommon {
  readonly clock: Clock;
  /** Responses of one type are no closer together (ms). */
  readonly windowMs: number;
  readonly requestRate: RequestRate;
  readonly endOfTurn: EndOfTurn;
  readonly tally: Tally;
  nacked(nack: Nack, node: ClientNode): void;
}

/** What the requests of both protocols have. */
export interface TypedRequest {
  readonly type: ResourceType;
}

/** One bit for each type, so that a stream without news knows that without looking at its session. */
const BITS: Readonly<Record<ResourceType, number>> = { cluster: 1, endpoints: 2, listener: 4, route: 8 };

/** When the oldest change happened (epoch ms) of those of a type that a client was not told yet, or has not accepted yet. */
type Ages = { [Type in ResourceType]?: number | undefined };

/**
 * One client's stream: when its session speaks. One response is on its way at a time, so a client that does not read
 * holds that one and a set of names, and gets the newest state when it reads again.
 */
export class AdsStream<Request extends TypedRequest> {
  readonly #session: Session<Request>;
  readonly #wire: Wire;
  readonly #common: StreamCommon;
  readonly #pacing: Pacing;
  readonly #budget: RequestBudget;
  #node: ClientNode | undefined;
  readonly #refusals = new Refusals();
  #writing = false;
  #scheduled = false;
  #closed = false;
  /** `BITS` of the types of which there may be something to say. */
  #dirty = 0;
  readonly #atEnd = (): void => {
    this.#scheduled = false;
    this.#speak();
  };
  readonly #written = (): void => {
    this.#writing = false;
    this.#speak();
  };
  readonly #untold: Ages = {};
  readonly #unaccepted: Ages = {};
  #timer: Timer | undefined;
  #resume: Timer | undefined;

  constructor(session: Session<Request>, wire: Wire, common: StreamCommon) {
    this.#session = session;
    this.#wire = wire;
    this.#common = common;
    this.#pacing = new Pacing(common.windowMs);
    this.#budget = new RequestBudget(common.requestRate, common.clock.now());
  }

  /** Who the client said it is; undefined before its first request. */
  get node(): ClientNode | undefined {
    return this.#node;
  }

  /** What the client refuses at present. */
  get refusals(): readonly Refusal[] {
    return this.#refusals.list();
  }

  /** What the client was sent last, by type. */
  held(): readonly Held[] {
    return this.#session.held();
  }

  /**
   * Takes a request in; undefined is one for a type that is not served. `node` is asked in the first one only, as the
   * protocol has it, whatever that is for.
   */
  request(request: Request | undefined, node: () => ClientNode): void {
    if (this.#closed) return;
    if (this.#node === undefined) {
      this.#node = node();
      if (keepsLastEndpoints(this.#node)) this.#session.useRefusing();
    }
    this.#spend();
    if (request === undefined) return;
    const { nack, accepted, refused } = this.#session.request(request);
    if (accepted !== undefined) {
      this.#refusals.accepted(accepted);
      this.#tell(accepted.type);
    }
    if (nack !== undefined) {
      this.#unaccepted[nack.type] = undefined;
      this.#refusals.refused(nack, this.#common.clock.now());
      this.#common.nacked(nack, this.#node);
    }
    if (refused !== undefined) this.end(refused);
    else {
      this.#look(request.type);
      if (this.#dirty !== 0) this.#schedule();
    }
  }

  /** Names of a type changed at this time (epoch ms), or became known not to exist. */
  changed(type: ResourceType, names: Iterable<string>, changedAtMs?: number): void {
    if (this.#closed) return;
    this.#session.changed(type, names);
    if (!this.#look(type)) return;
    this.#untold[type] ??= changedAtMs;
    this.#schedule();
  }

  /** Ends the stream and gives up its subscriptions. Idempotent. */
  end(refusal?: string): void {
    if (this.#closed) return;
    this.close();
    this.#wire.end(refusal);
  }

  /** The wire is gone. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#resume?.cancel();
    this.#session.close();
  }

  /** A client that asks too fast is read more slowly. */
  #spend(): void {
    const { clock } = this.#common;
    const wire = this.#wire;
    const waitMs = this.#budget.take(clock.now());
    if (waitMs === 0 || this.#resume !== undefined) return;
    wire.pause();
    this.#resume = clock.setTimeout(() => {
      this.#resume = undefined;
      wire.resume();
    }, waitMs);
    this.#resume.unref();
  }

  /** Notes, and returns, whether there may be something to say of a type. */
  #look(type: ResourceType): boolean {
    const dirty = this.#session.isDirty(type);
    if (dirty) this.#dirty |= BITS[type];
    else this.#dirty &= ~BITS[type];
    return dirty;
  }

  /** Speaks at the end of this turn, so that what changes together is told together. */
  #schedule(): void {
    if (this.#scheduled || this.#writing) return;
    this.#scheduled = true;
    this.#common.endOfTurn(this.#atEnd);
  }

  #speak(): void {
    if (this.#closed || this.#writing || this.#dirty === 0) return;
    const nowMs = this.#common.clock.now();
    let waitMs: number | undefined;
    for (const type of PUSH_ORDER) {
      if ((this.#dirty & BITS[type]) === 0) continue;
      const typeMs = this.#pacing.waitMs(type, nowMs);
      if (typeMs > 0) waitMs = Math.min(typeMs, waitMs ?? typeMs);
      else if (this.#send(type, nowMs)) return;
    }
    this.#wait(waitMs);
  }

  /** True when there was something to say. */
  #send(type: ResourceType, nowMs: number): boolean {
    const { tally } = this.#common;
    const response = this.#session.next(type);
    this.#look(type);
    // Endpoints are told anew after their cluster.
    if (type === 'cluster') this.#look('endpoints');
    if (response === undefined) return false;
    this.#unaccepted[type] ??= this.#untold[type];
    this.#untold[type] = undefined;
    tally.sent(type, response.frame.length - HEADER_BYTES);
    this.#pacing.sent(type, nowMs);
    this.#writing = true;
    this.#wire.write(response.frame, this.#written);
    return true;
  }

  /** The client took over what it was sent last of a type. */
  #tell(type: ResourceType): void {
    const changedAtMs = this.#unaccepted[type];
    if (changedAtMs === undefined) return;
    this.#unaccepted[type] = undefined;
    const { tally, clock } = this.#common;
    tally.aged(clock.now() - changedAtMs);
  }

  #wait(waitMs: number | undefined): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (waitMs === undefined) return;
    this.#timer = this.#common.clock.setTimeout(() => this.#speak(), waitMs);
    this.#timer.unref();
  }
}
