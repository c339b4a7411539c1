import type { Entry } from '../../candidates/entry.js';
import type { Load } from '../../candidates/loads.js';
import type { Outcome, ReportsWanted } from '../../contract.js';
import { failed, timedOut } from '../failures.js';
import { type Choice, lowest } from '../lowest.js';
import type { PickPolicy, PolicyHost } from '../policy.js';
import { Pool } from '../pool.js';
import type { Reported } from '../reported.js';

export interface LoadAwareOptions {
  /** How many entries are compared: 2 to 10. */
  readonly choiceCount: number;
  /** How long a report is believed (ms). */
  readonly reportMaxAgeMs: number;
}

/** The part of the entries with a fresh report from which on reports decide, and below which they do no more. */
const ENTER_SHARE = 0.8;
const LEAVE_SHARE = 0.5;
/** Without reports it is least request with its default. */
const CALLS_CHOICE_COUNT = 2;
/** How often that part is counted (ms): each time costs a look at every entry. */
const COUNT_MS = 100;
/** Part of a new latency in the average of this process: about the last ten calls count. */
const LATENCY_SHARE = 0.2;
/** A call that failed counts as one that took this many times the average. */
const FAILURE_FACTOR = 2;
/** No latency counts for more (ms), however many calls failed in a row. */
const LONGEST_MS = 60_000;
/** How long a latency that this process saw is believed without another call (ms). */
const LATENCY_MAX_AGE_MS = 10_000;

/**
 * Calls in flight as the servers report them, brought up to date by this process's own, × latency, of a few entries
 * drawn at random. Without enough fresh reports it is least request.
 *
 * One client among many sees by its own calls almost nothing of a server's load; the report has it all, but is old by
 * its interval, in which everybody runs to whoever looked idle. Own calls since the report are added for that reason.
 */
export class LoadAware implements PickPolicy {
  /** Only once a server reports its calls but not how long they take: its own latency needs no clock here. */
  usesLatency = false;
  readonly reports: ReportsWanted = { trailers: true, outOfBandMs: 0 };
  nextWakeMs: number | null = null;
  private readonly options: LoadAwareOptions;
  private readonly host: PolicyHost;
  private readonly pool: Pool;
  private readonly byReports: Choice;
  private readonly byCalls: Choice;
  /** Whether reports decide. */
  private informed = false;
  /** Stand for what an entry has not reported: the mean of those that did. */
  private meanInFlight = 0;
  private meanLatencyMs = 0;

  constructor(options: LoadAwareOptions, host: PolicyHost) {
    this.options = options;
    this.host = host;
    this.pool = new Pool(host.random);
    const { choiceCount } = options;
    this.byReports = { choiceCount, random: host.random, cost: (entry) => this.cost(entry) };
    this.byCalls = { choiceCount: CALLS_CHOICE_COUNT, random: host.random, cost: calls };
  }

  add(entry: Entry): void {
    this.pool.add(entry);
  }

  remove(entry: Entry): void {
    this.pool.remove(entry);
  }

  reweigh(): void {
    this.pool.reweigh();
  }

  pick(): Entry | undefined {
    return lowest(this.pool, this.informed ? this.byReports : this.byCalls);
  }

  reported({ reported }: Load): void {
    if (reported?.inFlight !== undefined && reported.latencyMs === undefined) this.usesLatency = true;
    this.nextWakeMs ??= this.host.now() + COUNT_MS;
  }

  ended(load: Load, outcome: Outcome): void {
    const { latencyMs, streaming } = outcome;
    if (!this.usesLatency || streaming || !Number.isFinite(latencyMs) || latencyMs < 0) return;
    const bad = failed(outcome) || timedOut(outcome);
    // The first call of an endpoint pays for its warming up; half of it is a better guess than all.
    const before = load.latency?.valueMs ?? (bad ? this.meanLatencyMs : 0);
    const share = load.latency === null && !bad ? 0.5 : LATENCY_SHARE;
    const counted = bad ? Math.max(latencyMs, before * FAILURE_FACTOR) : latencyMs;
    const valueMs = Math.min(before + (counted - before) * share, LONGEST_MS);
    load.latency = { valueMs, atMs: this.host.now() };
  }

  /** Counts whose reports are fresh, and forgets what is too old: a server that nobody calls has nothing new to say. */
  wake(): void {
    const nowMs = this.host.now();
    let fresh = 0;
    let inFlight = 0;
    let latencies = 0;
    let perMs = 0;
    for (const { load } of this.pool.entries) {
      const isFresh = this.isFresh(load.reported, nowMs);
      if (!isFresh) forgetReport(load.reported);
      if (load.latency !== null && nowMs - load.latency.atMs > LATENCY_MAX_AGE_MS) load.latency = null;
      const own = latencyOf(load);
      if (own !== undefined) {
        latencies += 1;
        perMs += 1 / own;
      }
      if (!isFresh) continue;
      fresh += 1;
      inFlight += load.reported?.inFlight ?? 0;
    }
    const share = this.pool.entries.length === 0 ? 0 : fresh / this.pool.entries.length;
    this.informed = share >= ENTER_SHARE || (this.informed && share >= LEAVE_SHARE);
    this.meanInFlight = fresh === 0 ? 0 : inFlight / fresh;
    // The harmonic mean: one endpoint whose calls fail must not make those that are not known yet look as bad.
    this.meanLatencyMs = latencies === 0 ? 1 : latencies / perMs;
    this.nextWakeMs = fresh === 0 ? null : nowMs + COUNT_MS;
  }

  private isFresh(reported: Reported | null, nowMs: number): boolean {
    if (reported?.inFlight === undefined) return false;
    const age = nowMs - reported.atMs;
    return age >= 0 && age <= this.options.reportMaxAgeMs;
  }

  private cost({ load, worth }: Entry): number {
    const { reported } = load;
    const own = load.inFlight + load.pending;
    const inFlight =
      reported?.inFlight === undefined
        ? this.meanInFlight + own
        : Math.max(own, reported.inFlight + own - reported.ownInFlight);
    return ((inFlight + 1) * (latencyOf(load) ?? this.meanLatencyMs)) / worth;
  }
}

/** An old report would go on to decide: one of many calls keeps the calls away that would bring a new one. */
function forgetReport(reported: Reported | null): void {
  if (reported === null) return;
  reported.inFlight = undefined;
  reported.latencyMs = undefined;
}

/** What the server says of itself, else what this process saw; undefined: neither. */
function latencyOf({ reported, latency }: Load): number | undefined {
  const said = reported?.latencyMs ?? latency?.valueMs;
  return said === undefined || said <= 0 ? undefined : said;
}

function calls(entry: Entry): number {
  return (entry.load.inFlight + entry.load.pending) / entry.worth;
}
