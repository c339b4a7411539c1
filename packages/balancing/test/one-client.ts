import { parseConfig } from '../src/config/parse.js';
import type { Candidate, LoadReport, Outcome, Pipeline, PipelineHost, Slot } from '../src/contract.js';
import { createPipeline } from '../src/pipeline.js';
import { CONTEXT, hostOf, OK } from './hosts.js';

/** How often servers report, in calls of the client. */
const REPORT_CALLS = 20;

export interface OneClientOptions {
  readonly config: object;
  readonly list: readonly Candidate[];
  /** From one call to the next (ms); default 1. */
  readonly everyMs?: number;
  readonly host?: Partial<PipelineHost>;
  /** What a server reports instead of the truth. */
  readonly report?: (key: string, truth: LoadReport) => LoadReport;
  /** How long calls take (ms), give or take half; default 10. */
  readonly lastsMs?: (key: string) => number;
  /** How a call ends, unless it takes 10 ms and ends well. */
  readonly outcome?: (key: string) => Partial<Outcome>;
}

interface Flying {
  readonly slot: Slot;
  readonly endsMs: number;
}

/** A client that calls at a steady rate; each call takes 5 to 15 ms, and servers report what they have in flight. */
export class OneClient {
  readonly pipeline: Pipeline;
  /** Calls by key. */
  readonly counts = new Map<string, number>();
  /** What the clock of the client says. */
  nowMs = 1e9;
  private readonly options: OneClientOptions;
  private readonly inFlight = new Map<string, number>();
  private list: readonly Candidate[] = [];
  private flying: Flying[] = [];
  private passedMs = 0;
  private calls = 0;
  private readonly random = hostOf(99).random;

  constructor(options: OneClientOptions) {
    this.options = options;
    const host = { ...hostOf(5), ...options.host, now: () => this.nowMs };
    this.pipeline = createPipeline(parseConfig(options.config), host);
    this.update(options.list);
  }

  /** Takes another list and connects to what it plans. */
  update(list: readonly Candidate[]): void {
    this.list = list;
    const plan = this.pipeline.update(list);
    for (const key of [...plan.connect, ...plan.lazy]) this.pipeline.connection(key, 'ready');
  }

  /** Goes on to the next call; the clock is set forward or back by `jumpMs`. */
  step(jumpMs = 0): void {
    const { everyMs = 1 } = this.options;
    this.nowMs += everyMs + jumpMs;
    this.passedMs += everyMs;
    const { nextWakeMs } = this.pipeline;
    if (nextWakeMs !== null && nextWakeMs <= this.nowMs) this.pipeline.wake();
    this.end();
    if (this.calls % REPORT_CALLS === 0) this.report();
    this.call();
  }

  private call(): void {
    this.calls += 1;
    const slot = this.pipeline.pick(CONTEXT);
    if (slot === null) throw new Error('nothing was picked');
    this.pipeline.started(slot);
    this.pipeline.endOfTurn();
    this.count(slot.key, 1);
    this.counts.set(slot.key, (this.counts.get(slot.key) ?? 0) + 1);
    const lastsMs = this.options.lastsMs?.(slot.key) ?? 10;
    this.flying.push({ slot, endsMs: this.passedMs + lastsMs * (0.5 + this.random()) });
  }

  private end(): void {
    for (const { slot } of this.flying.filter(({ endsMs }) => endsMs <= this.passedMs)) {
      this.count(slot.key, -1);
      this.pipeline.ended(slot, { ...OK, latencyMs: 10, ...this.options.outcome?.(slot.key) });
    }
    this.flying = this.flying.filter(({ endsMs }) => endsMs > this.passedMs);
  }

  private report(): void {
    for (const { key } of this.list) {
      const requestsInFlight = this.inFlight.get(key) ?? 0;
      const truth = { requestsInFlight, latencyMs: 10, rps: 100, cpuUtilization: 0.5 };
      this.pipeline.report(key, this.options.report?.(key, truth) ?? truth);
    }
  }

  private count(key: string, by: number): void {
    this.inFlight.set(key, (this.inFlight.get(key) ?? 0) + by);
  }
}
