import {
  type Clock,
  type Endpoint,
  type EndpointSet,
  type EndpointSetState,
  isRefusal,
  type Timer,
} from '@fairlead/discovery';

/** What a resolver tells its channel. */
export type Answer =
  /** The endpoints; `note` says why calls cannot run, '' while one may be picked. */
  | { readonly kind: 'set'; readonly endpoints: readonly Endpoint[]; readonly note: string }
  /** There never was a set. */
  | { readonly kind: 'failure'; readonly note: string };

/** The texts for every way to have no endpoint. */
export interface AnswerTexts {
  /** `''` when a call can be picked. */
  ofSet(set: EndpointSet): string;
  /** The trouble before the first set. `waitedMs` is given once `firstAnswerMs` has passed. */
  ofState(state: EndpointSetState | null, waitedMs?: number): string;
}

export interface AnswerOptions {
  readonly clock: Clock;
  /** How long calls wait for a first set (ms). */
  readonly firstAnswerMs: number;
  readonly texts: AnswerTexts;
  /** Called when the channel must be told something new. */
  deliver(answer: Answer): void;
}

/**
 * Decides when a channel is told what. Silent when nothing changed: every delivery resets grpc-js's resolution
 * backoff, and one per re-resolution request would be a busy loop. A change of state alone is told only while there
 * is no set: calls to the last good endpoints go on.
 */
export class Answers {
  private readonly options: AnswerOptions;
  private set: EndpointSet | null = null;
  private state: EndpointSetState | null = null;
  private overdue = false;
  private told: { readonly endpoints: readonly Endpoint[] | null; readonly note: string } | null = null;
  private timer: Timer | null = null;

  constructor(options: AnswerOptions) {
    this.options = options;
  }

  start(): void {
    const { clock, firstAnswerMs } = this.options;
    this.timer?.cancel();
    this.timer = clock.setTimeout(() => {
      this.overdue = true;
      this.decide();
    }, firstAnswerMs);
    this.timer.unref();
  }

  /** Forgets everything: after a channel was idle its balancer is a new one that knows nothing. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.set = null;
    this.state = null;
    this.overdue = false;
    this.told = null;
  }

  /** The last set and the last state that were heard. */
  get heard(): { readonly set: EndpointSet | null; readonly state: EndpointSetState | null } {
    return { set: this.set, state: this.state };
  }

  onSet(set: EndpointSet): void {
    this.timer?.cancel();
    this.timer = null;
    this.set = set;
    this.state = set.state;
    this.decide();
  }

  onState(state: EndpointSetState): void {
    this.state = state;
    if (this.set === null) this.decide();
  }

  private decide(): void {
    const answer = this.answer();
    if (answer === null) return;
    // By identity: the version of a set is a hash over all endpoints.
    const endpoints = answer.kind === 'set' ? answer.endpoints : null;
    const { told } = this;
    if (told !== null && told.endpoints === endpoints && told.note === answer.note) return;
    this.told = { endpoints, note: answer.note };
    this.options.deliver(answer);
  }

  private answer(): Answer | null {
    const { firstAnswerMs, texts } = this.options;
    const { set, state } = this;
    if (set !== null) return { kind: 'set', endpoints: set.endpoints, note: texts.ofSet(set) };
    if (this.overdue) return { kind: 'failure', note: texts.ofState(state, firstAnswerMs) };
    // Waiting seldom cures these: they are told at once, not after `firstAnswerMs`.
    if (state === null || state.kind === 'live' || !isRefusal(state.cause)) return null;
    return { kind: 'failure', note: texts.ofState(state) };
  }
}
