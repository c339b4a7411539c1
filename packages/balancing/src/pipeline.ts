import type { Entry } from './candidates/entry.js';
import { Load, Loads } from './candidates/loads.js';
import { Roster } from './candidates/roster.js';
import type { PickConfig, PipelineConfig } from './config/config.js';
import type {
  Candidate,
  ConnectionState,
  LoadReport,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  Plan,
  Random,
  Slot,
  Why,
} from './contract.js';
import { LeastRequest } from './pick/least-request/least-request.js';
import type { PickPolicy } from './pick/policy.js';
import { RoundRobin } from './pick/round-robin/round-robin.js';
import { evenPlan } from './plan.js';

/** Makes the decisions of one channel. */
export function createPipeline(config: PipelineConfig, host: PipelineHost): Pipeline {
  const { previous } = host;
  if (!(previous instanceof DirectPipeline)) return buildPipeline(config, host.random, new Loads());
  previous.update([]);
  return buildPipeline(config, host.random, previous.loads);
}

/** As `createPipeline`, with counts that somebody else also sees. */
export function buildPipeline(config: PipelineConfig, random: Random, loads: Loads): Pipeline {
  return new DirectPipeline(createPolicy(config.pick, random), loads);
}

function createPolicy(pick: PickConfig, random: Random): PickPolicy {
  switch (pick.policy) {
    case 'roundRobin':
      return new RoundRobin(random);
    case 'leastRequest':
      return new LeastRequest({ choiceCount: pick.choiceCount, random });
  }
}

/**
 * Conditions → pick, without a stage between that depends on time or load: the plan follows from the conditions
 * alone. Which of the planned keys are connected concerns only the list that the policy picks from.
 */
class DirectPipeline implements Pipeline {
  readonly loads: Loads;
  /** Always null: neither policy decides by the clock. */
  readonly nextWakeMs = null;
  private readonly policy: PickPolicy;
  private readonly roster: Roster;
  /** Entries that the present update added or whose role it changed. */
  private unsettled: Entry[] = [];
  private fallback = true;
  private planChanged = false;
  private plan: Plan;

  constructor(policy: PickPolicy, loads: Loads) {
    this.policy = policy;
    this.loads = loads;
    this.roster = new Roster(loads, {
      added: (entry) => this.unsettled.push(entry),
      changed: (entry) => this.unsettled.push(entry),
      removed: (entry) => this.withdraw(entry),
    });
    this.plan = evenPlan([], this.why);
  }

  update(candidates: readonly Candidate[]): Plan {
    this.roster.update(candidates);
    const fallback = this.roster.readyCount === 0;
    // Roles are read only after the whole list is known: the last ready endpoint that turns terminating stays
    // planned as fallback, and must not lose its connection for having been out in between.
    const concerned = fallback === this.fallback ? this.unsettled : this.roster.entries();
    this.fallback = fallback;
    for (const entry of concerned) this.settle(entry);
    if (this.unsettled.length > 0) this.unsettled = [];
    if (this.planChanged) {
      this.planChanged = false;
      this.plan = evenPlan(this.roster.entries(), this.why);
    }
    return this.plan;
  }

  connection(key: string, state: ConnectionState): null {
    const entry = this.roster.get(key);
    // A connection that is being closed because its key left the plan still reports.
    if (entry === undefined || !entry.planned || entry.connection === state) return null;
    if (state === 'ready') this.policy.add(entry);
    else if (entry.connection === 'ready') this.policy.remove(entry);
    entry.connection = state;
    return null;
  }

  pick(_context: PickContext): Slot | null {
    const entry = this.policy.pick();
    if (entry === undefined) return null;
    this.loads.picked(entry.load);
    return entry.slot;
  }

  started(slot: Slot): void {
    if (slot.token instanceof Load) this.loads.started(slot.token);
  }

  ended(slot: Slot, _outcome: Outcome): void {
    if (slot.token instanceof Load) this.loads.ended(slot.token);
  }

  /** Does nothing: neither policy uses load reports. */
  report(_key: string, _load: LoadReport): void {}

  endOfTurn(): void {
    this.loads.endOfTurn();
  }

  /** Does nothing: `nextWakeMs` never asks for it. */
  wake(): null {
    return null;
  }

  private readonly why = (key: string): Why | undefined => this.roster.get(key)?.why();

  private settle(entry: Entry): void {
    const planned = entry.role === 'ready' || (this.fallback && entry.role === 'fallback');
    if (!planned) this.withdraw(entry);
    else if (!entry.planned) {
      entry.planned = true;
      this.planChanged = true;
    }
  }

  /** The host closes the connection of a key that left the plan, so the next one starts at idle. */
  private withdraw(entry: Entry): void {
    if (!entry.planned) return;
    entry.planned = false;
    this.planChanged = true;
    if (entry.connection === 'ready') this.policy.remove(entry);
    entry.connection = 'idle';
  }
}
