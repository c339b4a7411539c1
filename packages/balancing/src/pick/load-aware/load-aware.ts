import type { Entry } from '../../candidates/entry.js';
import type { Load } from '../../candidates/loads.js';
import type { Outcome, ReportsWanted } from '../../contract.js';
import { noteFailing } from '../failing.js';
import { unserved } from '../failures.js';
import { type Choice, callsForWorth, lowest } from '../lowest.js';
import type { PolicyHost } from '../policy.js';
import { PoolPolicy } from '../pool-policy.js';
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
/**
 * How often that part is counted (ms), if anything happens at all: each time costs a look at every entry. While reports do
 * not decide yet, also whenever half of the entries have reported anew.
 */
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
 * What was in flight tells less and less while calls end: in this many mean latencies a report fades by a factor of e
 * towards the middle of all. With reports believed as new for their whole age, everybody ran to whoever had been idle.
 */
const MEMORY_LATENCIES = 2;
/**
 * A latency up to this many times the median counts as the median: all clients read the same figures, and would all run to
 * whoever is a few percent faster, or says so. Who is much faster has fewer calls in flight, and gets more by that.
 */
const ALIKE = 1.25;

/**
 * Calls in flight as the servers report them, brought up to date by this process's own, × the root of how much slower than
 * the others they are, of a few entries drawn at random. (A latency grows with the calls in flight: whole, it would count them twice, and more
 * noise than news of a server as fast as the others.) Without enough fresh reports it is least request.
 *
 * One client among many sees by its own calls almost nothing of a server's load; the report has it all, but is old by
 * its interval, in which everybody runs to whoever looked idle. Own calls since the report are added for that reason.
 */
export class LoadAware extends PoolPolicy {
  /** Only once a server reports its calls but not how long they take: its own latency needs no clock here. */
  usesLatency = false;
  readonly reports: ReportsWanted;
  private readonly options: LoadAwareOptions;
  private readonly byReports: Choice;
  private readonly byCalls: Choice;
  /** Whether reports decide. */
  private informed = false;
  /** Stand for what an entry has not reported: the median of those that did, which one odd report does not move. */
  private usualInFlight = 0;
  private usualLatencyMs = 0;
  /** How long a report's calls in flight are remembered; Infinity: nobody knows how long calls take. */
  private memoryMs = Number.POSITIVE_INFINITY;
  private nowMs = 0;
  /** When the fresh reports were counted (epoch ms), and how many have come since. */
  private countedMs = Number.NEGATIVE_INFINITY;
  private uncounted = 0;

  constructor(options: LoadAwareOptions, host: PolicyHost) {
    super(host);
    this.options = options;
    const { choiceCount, reportMaxAgeMs: maxAgeMs } = options;
    this.reports = { trailers: true, outOfBandMs: 0, needsInFlight: true, maxAgeMs };
    const { now, random } = host;
    this.byReports = { choiceCount, random, now, cost: (entry) => this.cost(entry) };
    this.byCalls = { choiceCount: CALLS_CHOICE_COUNT, random, now, cost: callsForWorth };
  }

  /** In words, for whoever wonders why reports do not decide. */
  get basis(): string {
    const nowMs = this.host.now();
    const { entries } = this.pool;
    const fresh = entries.filter(({ load }) => this.isFresh(load.reported, nowMs)).length;
    const reporting = `${fresh} of ${entries.length} endpoints have a fresh load report`;
    if (this.informed) return `load reports: ${reporting}`;
    return `calls in flight of this client: ${reporting}, ${ENTER_SHARE * 100} % are needed`;
  }

  pick(): Entry | undefined {
    if (!this.informed) return lowest(this.pool, this.byCalls);
    this.nowMs = this.host.now();
    if (this.isCountDue(this.nowMs)) this.count(this.nowMs);
    return lowest(this.pool, this.informed ? this.byReports : this.byCalls);
  }

  /** Reports begin to decide when one comes, and end to at a pick: no timer is needed, which would wake an idle client. */
  reported({ reported }: Load): void {
    if (reported?.inFlight === undefined) return;
    if (reported.latencyMs === undefined) this.usesLatency = true;
    this.uncounted += 1;
    const { atMs } = reported;
    const enough = !this.informed && this.uncounted * 2 >= this.pool.entries.length;
    if (enough || this.isCountDue(atMs)) this.count(atMs);
  }

  ended(load: Load, outcome: Outcome): void {
    noteFailing(load, outcome, this.host.now);
    const { latencyMs, streaming } = outcome;
    if (!this.usesLatency || streaming || !Number.isFinite(latencyMs) || latencyMs < 0) return;
    const bad = unserved(outcome);
    // It began before latencies were wanted: nobody took its time.
    if (latencyMs === 0 && !bad) return;
    // The first call of an endpoint pays for its warming up; half of it is a better guess than all.
    const before = load.latency?.valueMs ?? (bad ? this.usualLatencyMs : 0);
    const share = load.latency === null && !bad ? 0.5 : LATENCY_SHARE;
    const counted = bad ? Math.max(latencyMs, before * FAILURE_FACTOR) : latencyMs;
    const valueMs = Math.min(before + (counted - before) * share, LONGEST_MS);
    load.latency = { valueMs, atMs: this.host.now() };
  }

  private isCountDue(nowMs: number): boolean {
    return Math.abs(nowMs - this.countedMs) >= COUNT_MS;
  }

  /** Counts whose reports are fresh, and forgets what is too old: a server that nobody calls has nothing new to say. */
  private count(nowMs: number): void {
    this.countedMs = nowMs;
    this.uncounted = 0;
    const inFlight: number[] = [];
    const latencies: number[] = [];
    const last: number[] = [];
    for (const { load } of this.pool.entries) {
      const isFresh = this.isFresh(load.reported, nowMs);
      if (!isFresh) forgetReport(load.reported);
      if (load.latency !== null && nowMs - load.latency.atMs > LATENCY_MAX_AGE_MS) load.latency = null;
      const latencyMs = latencyOf(load);
      if (latencyMs !== undefined) latencies.push(latencyMs);
      const lastMs = lastLatencyOf(load);
      if (lastMs !== undefined) last.push(lastMs);
      if (isFresh) inFlight.push(load.reported?.inFlight ?? 0);
    }
    const fresh = inFlight.length;
    const share = fresh === 0 ? 0 : fresh / this.pool.entries.length;
    this.informed = share >= ENTER_SHARE || (this.informed && share >= LEAVE_SHARE);
    this.usualInFlight = median(inFlight) ?? 0;
    const usualMs = median(latencies) ?? median(last);
    this.usualLatencyMs = usualMs ?? 1;
    this.memoryMs = (usualMs ?? Number.POSITIVE_INFINITY) * MEMORY_LATENCIES;
  }

  private isFresh(reported: Reported | null, nowMs: number): boolean {
    if (reported?.inFlight === undefined) return false;
    const age = nowMs - reported.atMs;
    return age >= 0 && age <= this.options.reportMaxAgeMs;
  }

  private cost({ load, worth }: Entry): number {
    const latencyMs = latencyOf(load) ?? this.usualLatencyMs;
    const calls = this.inFlight(load) / worth + 1;
    const slower = latencyMs / (this.usualLatencyMs * ALIKE);
    return slower > 1 ? calls * Math.sqrt(slower) : calls;
  }

  /** What the server is likely to have in flight now, of all clients. */
  private inFlight({ reported, inFlight, pending }: Load): number {
    const own = inFlight + pending;
    if (reported?.inFlight === undefined) return this.usualInFlight + own;
    // A clock that was set back makes no report newer than new.
    const news = Math.exp(-Math.max(0, this.nowMs - reported.atMs) / this.memoryMs);
    const others = reported.inFlight - reported.ownInFlight;
    return Math.max(own, this.usualInFlight * (1 - news) + others * news + own);
  }
}

/** The middle one of the values; undefined of none. */
function median(values: number[]): number | undefined {
  return Float64Array.from(values).sort()[values.length >> 1];
}

/** An old report would go on to decide: one of many calls keeps the calls away that would bring a new one. */
function forgetReport(reported: Reported | null): void {
  if (reported === null) return;
  reported.inFlight = undefined;
  reported.latencyMs = undefined;
}

/** How long calls take there now; undefined: nobody knows. */
function latencyOf(load: Load): number | undefined {
  // A new process has slow calls at first. By what it says of those it would get none for ever.
  return load.reported?.idle === true ? undefined : lastLatencyOf(load);
}

/** What the server says of itself, else what this process saw, however long ago; undefined: neither. */
function lastLatencyOf({ reported, latency }: Load): number | undefined {
  const said = reported?.latencyMs ?? latency?.valueMs;
  return said === undefined || said <= 0 ? undefined : said;
}
