import type { LoadReport } from '@fairlead/balancing';
import type { Events } from './events.js';

/** Rates of a report are taken over this time (ms). */
const WINDOW_MS = 1000;

/** How a server is at the start. */
export interface ServerPlan {
  /** Calls that run at a time. */
  readonly slots: number;
  /** 1: calls take what they take; 0.5: twice as long. */
  readonly speed: number;
  readonly zone?: string;
}

/** A call on its way; `done` hears how it ended. */
export interface Job {
  /** How long it takes at speed 1 (ms). */
  readonly workMs: number;
  done(): void;
}

/**
 * A server with a queue: `slots` calls run at a time, first come, first served, each at the server's speed when it
 * starts. It counts what a load report says.
 */
export class Server {
  readonly key: string;
  readonly zone: string | undefined;
  speed: number;
  /** How often clients chose it. */
  chosen = 0;
  /** Calls that came and did not end. */
  inFlight = 0;
  /** Calls that ended, and the time in slots that they took (ms), ever. */
  private finished = 0;
  private busyMs = 0;
  private readonly slots: number;
  private readonly events: Events;
  private running = 0;
  private readonly queue: Job[] = [];
  private head = 0;
  /** A moving average of what calls took here (ms). */
  private latency = 0;
  private windowMs = 0;
  private finishedBefore = 0;
  private busyBefore = 0;
  private rps = 0;
  private utilization = 0;

  constructor(options: ServerPlan & { readonly key: string }, events: Events) {
    this.key = options.key;
    this.zone = options.zone;
    this.slots = options.slots;
    this.speed = options.speed;
    this.events = events;
  }

  arrive(job: Job): void {
    this.inFlight += 1;
    const arrivedMs = this.events.now;
    this.queue.push({
      workMs: job.workMs,
      done: () => {
        this.latency += (this.events.now - arrivedMs - this.latency) * 0.1;
        job.done();
      },
    });
    this.start();
  }

  /** What the server says of itself at `nowMs`; utilization and rps are those of the last second. */
  report(nowMs: number): LoadReport {
    if (nowMs - this.windowMs >= WINDOW_MS) {
      const seconds = (nowMs - this.windowMs) / 1000;
      this.rps = (this.finished - this.finishedBefore) / seconds;
      this.utilization = (this.busyMs - this.busyBefore) / (seconds * 1000 * this.slots);
      this.windowMs = nowMs;
      this.finishedBefore = this.finished;
      this.busyBefore = this.busyMs;
    }
    return {
      requestsInFlight: this.inFlight,
      latencyMs: this.latency,
      rps: this.rps,
      applicationUtilization: this.utilization,
    };
  }

  private start(): void {
    while (this.running < this.slots && this.head < this.queue.length) {
      const job = this.queue[this.head++];
      if (this.head > 1000 && this.head * 2 > this.queue.length) {
        this.queue.splice(0, this.head);
        this.head = 0;
      }
      if (job === undefined) continue;
      this.running += 1;
      const takesMs = job.workMs / this.speed;
      this.events.after(takesMs, () => this.end(job, takesMs));
    }
  }

  private end(job: Job, tookMs: number): void {
    this.running -= 1;
    this.inFlight -= 1;
    this.finished += 1;
    this.busyMs += tookMs;
    job.done();
    this.start();
  }
}
