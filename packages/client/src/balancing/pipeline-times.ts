import type { Pipeline, Plan } from '@fairlead/balancing';
import type { Runtime } from '../registration/runtime.js';
import { Wake } from './wake.js';

export interface TimesHost {
  /** The pipeline in force; null before the first. */
  pipeline(): Pipeline | null;
  /** The pipeline was woken; `plan` is null while the plan stays. */
  woken(plan: Plan | null): void;
}

/** Tells the pipeline of a balancer when a turn ends, and when the time has come that it waits for. */
export class PipelineTimes {
  private readonly host: TimesHost;
  private readonly wake: Wake;
  private turn: NodeJS.Immediate | null = null;
  private closed = false;

  constructor(runtime: Pick<Runtime, 'clock' | 'now'>, host: TimesHost) {
    this.host = host;
    this.wake = new Wake(runtime, () => this.onWake());
  }

  /** The pipeline was asked in this turn, and picked. */
  picked(): void {
    // An immediate makes the event loop go round once more: for a client with few calls that is a few percent of a call.
    if (this.turn === null && this.host.pipeline()?.awaitsEndOfTurn !== false) this.asked();
  }

  /** The pipeline was asked in this turn. */
  asked(): void {
    if (this.closed) return;
    this.turn ??= setImmediate(() => {
      this.turn = null;
      this.host.pipeline()?.endOfTurn();
      // Calls that ended may have begun a period at whose end the pipeline wants to be woken.
      this.renew();
    });
  }

  /** The pipeline may wait for another time now. */
  renew(): void {
    if (!this.closed) this.wake.schedule(this.host.pipeline()?.nextWakeMs ?? null);
  }

  /** Nothing is told any more: the timer of a channel that is gone would be set again and again. */
  close(): void {
    this.closed = true;
    if (this.turn !== null) clearImmediate(this.turn);
    this.turn = null;
    this.wake.schedule(null);
  }

  private onWake(): void {
    this.host.woken(this.host.pipeline()?.wake() ?? null);
    this.renew();
  }
}
