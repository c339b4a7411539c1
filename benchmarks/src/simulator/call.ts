import type { Chooser } from './client.js';
import type { Events, FixedDelay } from './events.js';
import type { Record } from './record.js';
import type { Job, Server } from './server.js';

/** What all calls of a run share. */
export interface CallHost {
  readonly events: Events;
  /** One way over the network. */
  readonly network: FixedDelay;
  /** Until a call is given up. */
  readonly timeouts: FixedDelay;
  readonly timeoutMs: number;
  readonly record: Record;
  /** The call is over on both sides and may be used again. */
  free(call: Call): void;
}

/** One call at a time: to its server, through its queue and back, unless it is given up. */
export class Call implements Job {
  workMs = 0;
  private readonly host: CallHost;
  private chooser: Chooser | null = null;
  private server: Server | null = null;
  private beganMs = 0;
  /** The client waits for it. */
  private open = false;
  /** The server, and the deadline, have yet to come. */
  private awaited = 0;
  // Made once: a run has millions of calls, each of which stays until its deadline.
  private readonly arrive = (): void => this.server?.arrive(this);
  private readonly back = (): void => this.over(this.host.events.now - this.beganMs);
  private readonly expire = (): void => this.over(null);

  constructor(host: CallHost) {
    this.host = host;
  }

  begin(chooser: Chooser, server: Server, workMs: number): void {
    this.chooser = chooser;
    this.server = server;
    this.workMs = workMs;
    this.beganMs = this.host.events.now;
    this.open = true;
    this.awaited = 2;
    this.host.network.add(this.arrive);
    this.host.timeouts.add(this.expire);
  }

  done(): void {
    this.host.network.add(this.back);
  }

  /** A server does not hear that a call was given up: it works for nothing, as servers often do. */
  private over(latencyMs: number | null): void {
    const { host, chooser, server } = this;
    if (this.open && chooser !== null && server !== null) {
      this.open = false;
      chooser.ended(server, latencyMs ?? host.timeoutMs, latencyMs !== null);
      host.record.ended(this.beganMs, latencyMs);
    }
    this.awaited -= 1;
    if (this.awaited === 0) host.free(this);
  }
}
