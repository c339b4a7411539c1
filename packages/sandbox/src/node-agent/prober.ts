import type { AgentClock } from './host.js';
import { delay } from './host.js';
import type { Probe } from './pod.js';
import type { ProbeTarget } from './probe-attempt.js';
import { runProbe } from './probe-run.js';
import type { ProbeKind, ProbeResult } from './probe-state.js';
import { ProbeState } from './probe-state.js';

/** What the probes of one run of a container tell it. */
interface ProbeListener {
  /** The startup probe succeeded, or there is none. */
  started(): void;
  ready(ready: boolean): void;
  /** One attempt failed, or was odd. */
  noticed(reason: 'Unhealthy' | 'ProbeWarning', message: string): void;
  /** The startup or liveness probe failed for good: the container must go. */
  failed(kind: ProbeKind, probe: Probe): void;
}

interface ProberOptions {
  readonly target: Omit<ProbeTarget, 'timeoutMs' | 'signal'>;
  readonly clock: AgentClock;
  readonly listener: ProbeListener;
}

/** Runs the probes of one run of a container: first startup, then readiness and liveness side by side. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #startedAtMs: number;
  readonly #all = new AbortController();
  readonly #fatal = new AbortController();

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
    const { startupProbe } = options.target.container;
    if (!startupProbe) this.#start();
    else void this.#loop(startupProbe, 'Startup');
  }

  /** Termination has begun: only readiness goes on. */
  terminating(): void {
    this.#fatal.abort();
  }

  /** The process has ended. */
  stop(): void {
    this.#all.abort();
    this.#fatal.abort();
  }

  #start(): void {
    const { listener, target } = this.#options;
    const { readinessProbe, livenessProbe } = target.container;
    listener.started();
    if (!readinessProbe) listener.ready(true);
    else void this.#loop(readinessProbe, 'Readiness');
    if (livenessProbe) void this.#loop(livenessProbe, 'Liveness');
  }

  async #loop(probe: Probe, kind: ProbeKind): Promise<void> {
    const { clock, target } = this.#options;
    const { signal } = kind === 'Readiness' ? this.#all : this.#fatal;
    const state = new ProbeState(probe, kind, clock.now());
    const { initialDelayMs, timeoutMs } = state.times;
    await delay(clock, Math.max(0, this.#startedAtMs + initialDelayMs - clock.now()), signal);
    while (!signal.aborted) {
      const atMs = clock.now();
      const result = await runProbe(probe, { ...target, timeoutMs, signal });
      if (signal.aborted) return;
      const { healthy, counted } = state.record(result, clock.now());
      if (this.#tell(probe, { kind, healthy, counted, result })) return;
      await delay(clock, Math.max(0, state.nextMs() - (clock.now() - atMs)), signal);
    }
  }

  /** Returns true when the loop is over. */
  #tell(
    probe: Probe,
    found: { kind: ProbeKind; healthy: boolean | undefined; counted: boolean; result: ProbeResult },
  ): boolean {
    const { listener } = this.#options;
    const { kind, healthy, counted, result } = found;
    const message = result.message ?? 'no reason given';
    if (counted && result.errored)
      listener.noticed('Unhealthy', `${kind} probe errored and resulted in unknown state: ${message}`);
    else if (counted) listener.noticed('Unhealthy', `${kind} probe failed: ${message}`);
    if (result.warning !== undefined)
      listener.noticed('ProbeWarning', `${kind} probe warning: ${result.warning}`);
    if (kind === 'Readiness') {
      if (healthy !== undefined) listener.ready(healthy);
      return false;
    }
    if (healthy === false) listener.failed(kind, probe);
    if (healthy === true && kind === 'Startup') this.#start();
    return healthy === false || (healthy === true && kind === 'Startup');
  }
}
