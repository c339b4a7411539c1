import { parseConfig } from '../src/config/parse.js';
import type { Candidate, Pipeline, Slot } from '../src/contract.js';
import { createPipeline } from '../src/pipeline.js';
import { CONTEXT, candidate, hostOf, OK } from './hosts.js';

/** Calls that a pod runs at once; others wait. */
const PARALLEL = 8;
const MEAN_CALL_MS = 10;
/** How often pods report their calls in flight (ms). */
const REPORT_MS = 200;

export interface ZoneWorldOptions {
  /** Pods, clients and calls per second of each client, by zone. */
  readonly zones: Readonly<Record<string, { pods: number; clients: number; rate: number }>>;
  readonly config: object;
  readonly seconds: number;
  readonly seed: number;
}

/** What became of the calls of one second. */
export interface Second {
  /** Part of the calls that left the zone, by zone of the client. */
  readonly away: Readonly<Record<string, number>>;
  /** Mean latency in ms. */
  readonly meanMs: number;
}

interface Pod {
  readonly key: string;
  inFlight: number;
  readonly queue: (() => void)[];
}

/** Pods, clients and a clock of virtual time. */
export class ZoneWorld {
  readonly seconds: Second[] = [];
  readonly #options: ZoneWorldOptions;
  readonly #random: () => number;
  readonly #events: { atMs: number; run: () => void }[] = [];
  readonly #pods = new Map<string, Pod>();
  readonly #pipelines: Pipeline[] = [];
  #nowMs = 0;
  #calls = new Map<string, { all: number; away: number }>();
  #latencies: number[] = [];

  constructor(options: ZoneWorldOptions) {
    this.#options = options;
    this.#random = hostOf(options.seed).random;
    const candidates = this.#createPods();
    for (const [zone, { clients, rate }] of Object.entries(options.zones)) {
      for (let i = 0; i < clients; i++) this.#createClient(zone, rate, candidates);
    }
    this.#every(REPORT_MS, () => this.#report());
    this.#every(1000, () => this.#sum());
  }

  run(): readonly Second[] {
    const endMs = this.#options.seconds * 1000;
    for (let event = this.#next(); event.atMs <= endMs; event = this.#next()) {
      this.#nowMs = event.atMs;
      for (const pipeline of this.#pipelines) {
        if ((pipeline.nextWakeMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs) pipeline.wake();
      }
      event.run();
    }
    return this.seconds;
  }

  #createPods(): Candidate[] {
    const zones = Object.entries(this.#options.zones).flatMap(([zone, { pods }]) =>
      Array.from({ length: pods }, () => zone),
    );
    return zones.map((zone, n) => {
      const each = candidate(n, { zone });
      this.#pods.set(each.key, { key: each.key, inFlight: 0, queue: [] });
      return each;
    });
  }

  #createClient(zone: string, rate: number, candidates: readonly Candidate[]): void {
    const { config, seed } = this.#options;
    const { random } = hostOf(seed + this.#pipelines.length);
    const pipeline = createPipeline(parseConfig(config), { now: () => this.#nowMs, random, zone });
    const zoneOf = new Map(candidates.map((each) => [each.key, each.zone]));
    this.#pipelines.push(pipeline);
    for (const key of pipeline.update(candidates).connect) pipeline.connection(key, 'ready');
    const arrive = (): void => {
      const slot = pipeline.pick(CONTEXT);
      if (slot === null) throw new Error('nothing was picked');
      pipeline.started(slot);
      pipeline.endOfTurn();
      this.#count(zone, zoneOf.get(slot.key) !== zone);
      this.#call(pipeline, slot);
      this.#after(this.#exponential(1000 / rate), arrive);
    };
    this.#after(this.#exponential(1000 / rate), arrive);
  }

  #call(pipeline: Pipeline, slot: Slot): void {
    const pod = this.#pods.get(slot.key)!;
    const startMs = this.#nowMs;
    const work = (): void =>
      this.#after(this.#exponential(MEAN_CALL_MS), () => {
        pod.inFlight -= 1;
        this.#latencies.push(this.#nowMs - startMs);
        pipeline.ended(slot, { ...OK, latencyMs: this.#nowMs - startMs });
        pod.queue.shift()?.();
      });
    pod.inFlight += 1;
    if (pod.inFlight <= PARALLEL) work();
    else pod.queue.push(work);
  }

  #report(): void {
    for (const { key, inFlight } of this.#pods.values()) {
      for (const pipeline of this.#pipelines) pipeline.report(key, { requestsInFlight: inFlight });
    }
  }

  #count(zone: string, away: boolean): void {
    const calls = this.#calls.get(zone) ?? { all: 0, away: 0 };
    this.#calls.set(zone, { all: calls.all + 1, away: calls.away + Number(away) });
  }

  #sum(): void {
    const away = Object.fromEntries([...this.#calls].map(([zone, { all, away }]) => [zone, away / all]));
    const meanMs = this.#latencies.reduce((sum, each) => sum + each, 0) / this.#latencies.length;
    this.seconds.push({ away, meanMs });
    this.#calls = new Map();
    this.#latencies = [];
  }

  #exponential(mean: number): number {
    return -Math.log(1 - this.#random()) * mean;
  }

  #every(ms: number, run: () => void): void {
    this.#after(ms, () => {
      run();
      this.#every(ms, run);
    });
  }

  /** A binary heap: thousands of calls are in flight. */
  #after(ms: number, run: () => void): void {
    const events = this.#events;
    let at = events.push({ atMs: this.#nowMs + ms, run }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (events[parent]!.atMs <= events[at]!.atMs) return;
      [events[parent], events[at]] = [events[at]!, events[parent]!];
      at = parent;
    }
  }

  #next(): { atMs: number; run: () => void } {
    const events = this.#events;
    const first = events[0]!;
    const last = events.pop()!;
    if (events.length > 0) events[0] = last;
    for (let at = 0; ; ) {
      const children = [2 * at + 1, 2 * at + 2].filter((child) => child < events.length);
      const least = children.sort((a, b) => events[a]!.atMs - events[b]!.atMs)[0];
      if (least === undefined || events[least]!.atMs >= events[at]!.atMs) return first;
      [events[at], events[least]] = [events[least]!, events[at]!];
      at = least;
    }
  }
}
