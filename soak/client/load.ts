import { echoDefinition } from '@fairlead/sandbox/echo';
import type { Client } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import type { FailedCall } from './messages.js';

/** Calls later than that are never made, so that a busy machine is not stifled by a backlog (s). */
const MAX_LATE_S = 0.1;
const TICK_MS = 5;
/** Of stalls before a call those count that may have kept its client from reading what went before (ms). */
const BEFORE_MS = 2_000;
const PEER = /^[\d.]+:\d+$/;

/** The `ip:port` that a call was sent to; without a connection grpc-js names the target. */
export function peerOf(call: { getPeer(): string }): string | null {
  const peer = call.getPeer();
  return PEER.test(peer) ? peer : null;
}

export interface LoadOptions {
  readonly client: Client;
  readonly name: string;
  readonly callsPerSecond: number;
  readonly deadlineMs: number;
  onFailed(call: FailedCall): void;
}

/** A tick that is so much too late had no turn: the process waited for a core, or was busy (ms). */
const STALL_MS = 20;
/** Stalls are remembered for so long (ms). */
const STALLS_KEPT_MS = 10_000;

/** When this process had no turn, by ticks that were late. */
class Stalls {
  #spans: { readonly fromMs: number; readonly toMs: number }[] = [];
  #lastMs = monotonicMs();

  tick(): void {
    const nowMs = monotonicMs();
    if (nowMs - this.#lastMs > TICK_MS + STALL_MS) {
      this.#spans = this.#spans.filter(({ toMs }) => toMs > nowMs - STALLS_KEPT_MS);
      this.#spans.push({ fromMs: this.#lastMs + TICK_MS, toMs: nowMs });
    }
    this.#lastMs = nowMs;
  }

  /** How much of the time from then until now (ms). */
  since(fromMs: number): number {
    this.tick();
    return this.#spans.reduce((sum, span) => sum + Math.max(0, span.toMs - Math.max(fromMs, span.fromMs)), 0);
  }
}

/** Unary calls at a steady rate, whatever becomes of them. */
export class Load {
  readonly #options: LoadOptions;
  readonly #startMs = monotonicMs();
  readonly #timer: NodeJS.Timeout;
  readonly #stalls = new Stalls();
  #due = 0;
  #open = 0;
  calls = 0;
  failed = 0;
  /** Of calls that ended since `mark()`. */
  answered: Record<string, number> = {};
  lastStartedMs: Record<string, number> = {};

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get idle(): boolean {
    return this.#open === 0;
  }

  mark(): void {
    this.answered = {};
    this.lastStartedMs = {};
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#stalls.tick();
    const { callsPerSecond } = this.#options;
    const due = ((monotonicMs() - this.#startMs) * callsPerSecond) / 1000;
    this.#due = Math.max(this.#due, Math.floor(due - MAX_LATE_S * callsPerSecond));
    for (; this.#due < due; this.#due++) this.#call();
  }

  #call(): void {
    const { client, name, deadlineMs, onFailed } = this.#options;
    const { path, requestSerialize, responseDeserialize } = echoDefinition.Say;
    const startedMs = monotonicMs();
    let begun = false;
    this.#open++;
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { text: 'soak' },
      { deadline: Date.now() + deadlineMs },
      (error) => {
        this.#open--;
        this.calls++;
        const peer = peerOf(call);
        if (peer !== null)
          this.lastStartedMs[peer] = Math.max(this.lastStartedMs[peer] ?? startedMs, startedMs);
        if (error === null) {
          if (peer !== null) this.answered[peer] = (this.answered[peer] ?? 0) + 1;
          return;
        }
        this.failed++;
        const { code, details } = error;
        const stalledMs = this.#stalls.since(startedMs - BEFORE_MS);
        onFailed({ client: name, startedMs, endedMs: monotonicMs(), code, details, peer, begun, stalledMs });
      },
    );
    call.on('metadata', () => {
      begun = true;
    });
  }
}
