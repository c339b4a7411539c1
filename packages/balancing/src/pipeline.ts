import type { Role } from './candidates/conditions.js';
import type { Entry } from './candidates/entry.js';
import { Load, Loads } from './candidates/loads.js';
import { Roster } from './candidates/roster.js';
import { weightOf } from './candidates/weight.js';
import type { PipelineConfig } from './config/config.js';
import type {
  Candidate,
  ConnectionState,
  LoadReport,
  OpenStream,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  PipelineInspection,
  Plan,
  ReportsWanted,
  Slot,
  StreamMove,
} from './contract.js';
import { random64 } from './hash/random64.js';
import { inspectEntry } from './inspection.js';
import { isEjected, isPanic } from './outliers/ejections.js';
import { Outliers } from './outliers/outliers.js';
import { endedByClient } from './pick/failures.js';
import type { PickPolicy } from './pick/policy.js';
import { takeReport } from './pick/reported.js';
import { createPlan } from './plan.js';
import { createSelection } from './selection/create-selection.js';
import type { Selection } from './selection/selection.js';
import { SlowStart } from './slow-start/slow-start.js';
import { SteadyClock } from './steady-clock.js';
import { preferredZone } from './streams/sides.js';
import { Streams } from './streams/streams.js';
import { earlier } from './wake-time.js';
import { createZonedPolicy } from './zone/create-zoned-policy.js';
import { type HintMode, Hints } from './zone/hints.js';

const NO_MOVES: readonly StreamMove[] = [];

/** Makes the decisions of one channel. */
export function createPipeline(config: PipelineConfig, host: PipelineHost): Pipeline {
  const { previous } = host;
  if (!(previous instanceof StagedPipeline)) return buildPipeline(config, host, new Loads());
  const { loads, seed = host.seed } = previous;
  const next = buildPipeline(config, seed === undefined ? host : { ...host, seed }, loads);
  loads.keep();
  previous.update([]);
  return next;
}

/** As `createPipeline`, with counts that somebody else also sees. */
export function buildPipeline(config: PipelineConfig, host: PipelineHost, loads: Loads): Pipeline {
  return new StagedPipeline(config, host, loads);
}

/**
 * Conditions → zone → selection → worth → pick. The plan follows from the first three: who is connected. The worth (weight,
 * slow start) and ejection concern only what the policy picks from, so that they cost no connection.
 */
class StagedPipeline implements Pipeline {
  readonly loads: Loads;
  /** Kept by the pipeline that replaces this one, so that its subset is the same; undefined: none was needed yet. */
  readonly seed: bigint | undefined;
  readonly reports: ReportsWanted | null;
  private readonly clock: SteadyClock;
  /** With the steady clock. */
  private readonly host: PipelineHost;
  private readonly name: string;
  private readonly policy: PickPolicy;
  private readonly hints: Hints | null;
  private readonly selection: Selection | null;
  private readonly slowStart: SlowStart | null;
  private readonly outliers: Outliers | null;
  /** Null: the policy decides of streams as of other calls, because keys belong to endpoints. */
  private readonly streams: Streams | null;
  private readonly panicPercent: number;
  /** Something may wait for a time, from a call of the pipeline on. */
  private readonly hasTimes: boolean;
  private readonly roster: Roster;
  /** Entries that the present update added or changed. */
  private unsettled: Entry[] = [];
  /** Somebody left in the present update. */
  private shrunk = false;
  /** There was no endpoint yet. */
  private beginning = true;
  /** The pipeline before had a list, and knew who of it is warm. */
  private readonly knowsWarm: boolean;
  /** Where the pipeline before had a connection: reported anew, it is none that is new. */
  private readonly connectedBefore: Set<string>;
  private fallback = true;
  private hintMode: HintMode = null;
  private planChanged = false;
  private plan: Plan;

  constructor(config: PipelineConfig, given: PipelineHost, loads: Loads) {
    const { previous, ...rest } = given;
    const before = previous instanceof StagedPipeline ? previous : null;
    this.clock = new SteadyClock(given.now, before?.clock);
    // Without the pipeline before, which would hold the one before it, and so on.
    const host = { ...rest, now: this.clock.now };
    this.knowsWarm = before !== null && before.slowStart !== null && !before.beginning;
    this.connectedBefore = new Set(before?.connectedKeys());
    this.host = host;
    this.loads = loads;
    this.name = config.pick.policy;
    this.policy = createZonedPolicy(config, host);
    this.reports = this.policy.reports ?? null;
    const { hints, preferZone } = config.zone;
    // Followed, hints would leave nobody to spill to.
    const follows = hints && preferZone === null && (host.zone ?? host.node) !== undefined;
    this.hints = follows ? new Hints(host) : null;
    this.seed = host.seed ?? (config.subset === null ? undefined : random64(host.random));
    this.selection = createSelection(config, { ...host, seed: this.seed });
    // Of a lazy policy keys belong to endpoints: a share that grows would move them with every step.
    const { slowStart } = config;
    this.slowStart = slowStart === null || this.policy.lazy === true ? null : new SlowStart(slowStart);
    const planned = (): readonly Load[] => this.planned().map(({ load }) => load);
    this.outliers =
      config.outliers === null
        ? null
        : new Outliers(config.outliers, { random: host.random, loads: planned });
    const streamsHost = { ...host, loads, preferred: preferredZone(preferZone, host.zone) };
    const streamsBefore = before?.streams ?? null;
    this.streams = this.policy.lazy === true ? null : new Streams(config.streams, streamsHost, streamsBefore);
    this.panicPercent = config.outliers?.panicPercent ?? 0;
    this.hasTimes = this.outliers !== null || this.slowStart !== null || this.policy.wake !== undefined;
    this.roster = new Roster(loads, {
      added: (entry) => this.added(entry),
      changed: (entry, before) => this.changed(entry, before),
      removed: (entry) => this.removed(entry),
    });
    this.plan = this.newPlan();
  }

  update(candidates: readonly Candidate[]): Plan {
    this.roster.update(candidates);
    if (candidates.length > 0) this.loads.letGo();
    if (this.unsettled.length === 0 && !this.shrunk) return this.plan;
    if (this.selection === null) this.settleChanged();
    else this.settleSelected(this.selection);
    this.unsettled = [];
    this.shrunk = false;
    if (candidates.length > 0) this.beginning = false;
    return this.replan();
  }

  connection(key: string, state: ConnectionState): Plan | null {
    const entry = this.roster.get(key);
    // A connection that is being closed because its key left the plan still reports.
    if (entry === undefined || !entry.planned || entry.connection === state) return null;
    entry.connection = state;
    if (state === 'failed') this.streams?.arrived(entry);
    const known = this.connectedBefore.delete(key);
    if (state === 'ready') {
      if (!known) this.policy.connected?.(entry);
      this.slowStart?.connected(entry.load, this.host.now());
      this.weigh(entry);
    }
    this.place(entry);
    if (this.selection?.connectionMatters?.(entry) !== true) return null;
    this.settleSelected(this.selection);
    return this.planChanged ? this.replan() : null;
  }

  pick(context: PickContext): Slot | null {
    const streaming = context.streaming === true;
    const entry = streaming && this.streams !== null ? this.streams.pick() : this.policy.pick(context);
    if (entry === undefined) return null;
    if (streaming) this.loads.streamPicked(entry.load);
    else this.loads.picked(entry.load);
    return entry.slot;
  }

  started(slot: Slot, stream?: OpenStream): void {
    if (!(slot.token instanceof Load)) return;
    if (stream === undefined) {
      this.loads.started(slot.token);
      return;
    }
    this.loads.streamStarted(slot.token, stream);
    this.streams?.started(slot.token);
  }

  ended(slot: Slot, outcome: Outcome, stream?: OpenStream): void {
    if (!(slot.token instanceof Load)) return;
    if (stream === undefined) this.loads.ended(slot.token);
    else {
      this.loads.streamEnded(slot.token, stream);
      this.streams?.ended(slot.token, outcome);
    }
    this.policy.ended?.(slot.token, outcome);
    if (this.outliers === null || endedByClient(outcome)) return;
    if (this.outliers.ended(slot.token, outcome, this.host.now())) this.judge();
  }

  takeMoves(): readonly StreamMove[] {
    return this.streams?.takeMoves() ?? NO_MOVES;
  }

  report(key: string, report: LoadReport): void {
    const load = this.roster.get(key)?.load;
    if (load === undefined || this.reports === null) return;
    const ownInFlight = load.inFlight + load.pending;
    load.reported = takeReport(load.reported, report, { nowMs: this.host.now(), ownInFlight });
    this.policy.reported?.(load);
  }

  endOfTurn(): void {
    this.loads.endOfTurn();
  }

  /** Where times matter always: the host looks at `nextWakeMs` then. */
  get awaitsEndOfTurn(): boolean {
    return this.loads.crowded || this.hasTimes;
  }

  /** May turn true while it runs, when a policy finds that it needs to know. */
  get usesLatency(): boolean {
    return this.policy.usesLatency === true;
  }

  get nextWakeMs(): number | null {
    const first = earlier(this.policy.nextWakeMs ?? null, this.slowStart?.nextWakeMs ?? null);
    const second = earlier(first, this.outliers?.nextWakeMs ?? null);
    const earliest = earlier(second, this.streams?.nextWakeMs ?? null);
    return earliest === null ? null : this.clock.toHost(earliest);
  }

  wake(): null {
    const nowMs = this.host.now();
    const due = (at: number | null | undefined): boolean => at !== undefined && at !== null && at <= nowMs;
    if (due(this.policy.nextWakeMs)) this.policy.wake?.();
    if (this.outliers !== null && due(this.outliers.nextWakeMs) && this.outliers.wake(nowMs)) this.judge();
    if (this.slowStart !== null && due(this.slowStart.nextWakeMs)) {
      this.slowStart.wake(nowMs);
      for (const entry of this.roster.entries()) this.weigh(entry);
    }
    if (this.streams !== null && due(this.streams.nextWakeMs)) this.streams.wake(nowMs);
    return null;
  }

  inspect(): PipelineInspection {
    const { outliers, policy, name, clock } = this;
    const parts = { nowMs: this.host.now(), clock, outliers };
    const endpoints = Array.from(this.roster.entries(), (entry) => inspectEntry(entry, parts));
    return { policy: name, basis: policy.basis ?? null, endpoints };
  }

  private added(entry: Entry): void {
    this.hints?.note(entry);
    this.unsettled.push(entry);
    entry.load.streams.terminating = entry.candidate.terminating;
    if (this.beginning && !this.knowsWarm) this.slowStart?.skip(entry.load);
  }

  private changed(entry: Entry, before: Role): void {
    this.hints?.note(entry);
    this.unsettled.push(entry);
    if (entry.listed) {
      this.policy.moved?.(entry);
      this.streams?.moved(entry);
    }
    entry.load.streams.terminating = entry.candidate.terminating;
    if (entry.candidate.terminating) this.streams?.changed();
    if (before === 'out' && entry.role !== 'out') this.slowStart?.restart(entry.load, null);
    // Another pod may answer at the same address, through a connection that is there already.
    if (entry.connection === 'ready') this.slowStart?.connected(entry.load, this.host.now());
    this.weigh(entry);
  }

  private removed(entry: Entry): void {
    this.shrunk = true;
    this.hints?.forget(entry);
    this.withdraw(entry);
    this.streams?.changed();
    if (entry.load.holders === 0) this.slowStart?.gone(entry.load);
  }

  /**
   * Without a selection every usable entry is planned, and only what changed is looked at. Roles are read after the
   * whole list is known: the last ready endpoint that turns terminating stays planned as fallback, and must not lose
   * its connection for having been out in between.
   */
  private settleChanged(): void {
    const fallback = this.roster.readyCount === 0;
    const hintMode = this.hints?.mode ?? null;
    const same = fallback === this.fallback && hintMode === this.hintMode;
    const concerned = same ? this.unsettled : this.roster.entries();
    this.fallback = fallback;
    this.hintMode = hintMode;
    for (const entry of concerned) this.settle(entry, this.usable(entry));
  }

  private settleSelected(selection: Selection): void {
    this.fallback = this.roster.readyCount === 0;
    this.hintMode = this.hints?.mode ?? null;
    const usable = Array.from(this.roster.entries()).filter((entry) => this.usable(entry));
    const chosen = new Set(selection.select(usable));
    for (const entry of this.roster.entries()) this.settle(entry, chosen.has(entry));
  }

  private usable(entry: Entry): boolean {
    if (entry.role !== 'ready') return this.fallback && entry.role === 'fallback';
    return this.hints === null || this.hints.allows(entry, this.hintMode);
  }

  private settle(entry: Entry, planned: boolean): void {
    if (!planned) this.withdraw(entry);
    else if (!entry.planned) {
      entry.planned = true;
      if (this.beginning) this.streams?.expect(entry);
      this.planChanged = true;
      this.place(entry);
    }
  }

  /** The host closes the connection of a key that left the plan, so the next one starts at idle. */
  private withdraw(entry: Entry): void {
    if (!entry.planned) return;
    entry.planned = false;
    this.streams?.arrived(entry);
    this.planChanged = true;
    this.place(entry);
    entry.connection = 'idle';
    entry.ejected = false;
  }

  /** Gives the policy what it may pick, and takes from it what it may not. */
  private place(entry: Entry): void {
    const connected = this.policy.lazy === true || entry.connection === 'ready';
    const listed = entry.planned && connected && !entry.ejected;
    if (listed === entry.listed) return;
    entry.listed = listed;
    if (listed) this.policy.add(entry);
    else this.policy.remove(entry);
    if (listed) this.streams?.add(entry);
    else this.streams?.remove(entry);
  }

  private weigh(entry: Entry): void {
    const share = this.slowStart?.share(entry.load, this.host.now()) ?? 1;
    const worth = weightOf(entry.candidate.weight) * share;
    if (worth === entry.worth) return;
    entry.worth = worth;
    if (!entry.listed) return;
    this.policy.reweigh();
    this.streams?.changed();
  }

  private connectedKeys(): string[] {
    return this.planned().flatMap(({ key, connection }) => (connection === 'ready' ? [key] : []));
  }

  private planned(): Entry[] {
    return Array.from(this.roster.entries()).filter((entry) => entry.planned);
  }

  /** Leaves out who is ejected, unless too few would be left, and takes back who no longer is. */
  private judge(): void {
    const planned = this.planned();
    const panic = isPanic(planned, this.panicPercent);
    for (const entry of planned) {
      const ejected = !panic && isEjected(entry);
      if (ejected === entry.ejected) continue;
      entry.ejected = ejected;
      if (!ejected) this.recovered(entry);
      this.place(entry);
    }
  }

  private recovered(entry: Entry): void {
    if (isEjected(entry)) return;
    this.slowStart?.restart(entry.load, entry.connection === 'ready' ? this.host.now() : null);
    this.weigh(entry);
  }

  private replan(): Plan {
    // Also without another plan: another pod may answer at an address, with a record of its own.
    if (this.outliers !== null) {
      this.outliers.listed(this.host.now());
      this.judge();
    }
    if (!this.planChanged) return this.plan;
    this.planChanged = false;
    this.plan = this.newPlan();
    return this.plan;
  }

  private newPlan(): Plan {
    return createPlan({
      entries: this.roster.entries(),
      lazy: this.policy.lazy === true,
      find: (key) => this.roster.get(key),
    });
  }
}
