import type { Client, ClientOptions } from '@grpc/grpc-js';
import { loadClock, type OpenLoop, startOpenLoop } from '../load/open-loop.js';
import { NO_PEER } from '../load/tally.js';
import { callOnce, createRawClient, type UnaryMethod } from '../load/unary.js';

/** A call that failed, with when it was made (epoch ms) and where it had been sent. */
export interface FailedCall {
  readonly startedMs: number;
  readonly peer: string;
  readonly code: number;
  readonly details: string;
  /** Its answer had begun. */
  readonly begun: boolean;
}

/** What came of the calls since the last `reset()`. */
export interface TrafficCount {
  readonly calls: number;
  /** Calls that ended OK, by who answered: an address, or what `answeredBy` names. */
  readonly ok: ReadonlyMap<string, number>;
  readonly failures: readonly FailedCall[];
  /** When the first call that an address answered was made (epoch ms). */
  readonly firstCallMs: ReadonlyMap<string, number>;
}

/** One gRPC client under steady load. */
export interface Traffic {
  readonly name: string;
  readonly count: TrafficCount;
  reset(): void;
  start(ratePerSecond: number): void;
  /** Resolves when the calls in flight have ended. */
  pause(): Promise<void>;
  /** Gives up the calls in flight. */
  close(): Promise<void>;
}

export interface TrafficOptions {
  readonly name: string;
  readonly target: string;
  readonly method: UnaryMethod;
  readonly clientOptions?: ClientOptions;
  /** Who answered, where the peer does not tell: behind a virtual IP. Default: the peer's address. */
  readonly answeredBy?: (reply: Buffer) => string | undefined;
}

/** A call that is not answered by then has failed: longer than a busy machine makes any call wait. */
const DEADLINE_MS = 20_000;
/** Far more than are in flight at these rates, far fewer than would stifle a machine that cannot keep them. */
const CONCURRENCY = 200;
const MAX_LATE_MS = 100;

interface Counter {
  calls: number;
  ok: Map<string, number>;
  failures: FailedCall[];
  firstCallMs: Map<string, number>;
}

const emptyCounter = (): Counter => ({ calls: 0, ok: new Map(), failures: [], firstCallMs: new Map() });

class ClientTraffic implements Traffic {
  readonly name: string;
  readonly #client: Client;
  readonly #method: UnaryMethod;
  readonly #answeredBy: TrafficOptions['answeredBy'];
  readonly #open = new Set<() => void>();
  #counter = emptyCounter();
  #loop: OpenLoop | undefined;

  constructor({ name, target, method, clientOptions = {}, answeredBy }: TrafficOptions) {
    this.name = name;
    this.#answeredBy = answeredBy;
    this.#method = method;
    this.#client = createRawClient(target, { 'grpc.enable_http_proxy': 0, ...clientOptions });
  }

  get count(): TrafficCount {
    return this.#counter;
  }

  reset(): void {
    this.#counter = emptyCounter();
  }

  start(ratePerSecond: number): void {
    this.#loop ??= startOpenLoop({
      ratePerSecond,
      concurrency: CONCURRENCY,
      maxLateMs: MAX_LATE_MS,
      call: (scheduledMs, done) => this.#call(scheduledMs, done),
    });
  }

  async pause(): Promise<void> {
    this.#loop?.stop();
    await this.#loop?.finished;
    this.#loop = undefined;
  }

  async close(): Promise<void> {
    this.#loop?.stop();
    for (const cancel of this.#open) cancel();
    await this.pause();
    this.#client.close();
  }

  #call(scheduledMs: number, done: () => void): void {
    const startedMs = Date.now();
    const counter = this.#counter;
    const call = {
      client: this.#client,
      method: this.#method,
      deadlineMs: startedMs + DEADLINE_MS,
      scheduledMs,
      now: loadClock.now,
    };
    const cancel = callOnce(call, ({ code, peer = NO_PEER, details, reply, begun }) => {
      this.#open.delete(cancel);
      counter.calls++;
      if (code === 0) {
        const who = (reply && this.#answeredBy?.(reply)) ?? peer;
        counter.ok.set(who, (counter.ok.get(who) ?? 0) + 1);
        if (!counter.firstCallMs.has(who)) counter.firstCallMs.set(who, startedMs);
      } else {
        counter.failures.push({ startedMs, peer, code, details, begun });
      }
      done();
    });
    this.#open.add(cancel);
  }
}

/** Makes a client of `target`; no call is made before `start()`. */
export function createTraffic(options: TrafficOptions): Traffic {
  return new ClientTraffic(options);
}
