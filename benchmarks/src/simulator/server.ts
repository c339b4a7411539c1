import type { LoadReport } from '@fairlead/balancing';
import { CallMeter } from '#server/load-report/meter.js';
import type { Timeline } from './events.js';

/** The utilization of a report is taken over this time (ms). */
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
  /** The one that ships. */
  private readonly meter: CallMeter;
  /** The time in slots that calls took (ms), ever. */
  private busyMs = 0;
  private readonly slots: number;
  private readonly events: Timeline;
  private running = 0;
  private readonly queue: Job[] = [];
  private head = 0;
  private windowMs = 0;
  private busyBefore = 0;
  private utilization = 0;

  constructor(options: ServerPlan & { readonly key: string }, events: Timeline) {
    this.key = options.key;
    this.zone = options.zone;
    this.slots = options.slots;
    this.speed = options.speed;
    this.events = events;
    this.meter = new CallMeter(events.now);
  }

  /** Calls that came and did not end. */
  get inFlight(): number {
    return this.meter.inFlight;
  }

  arrive(job: Job): void {
    this.meter.begin();
    const arrivedMs = this.events.now;
    this.queue.push({
      workMs: job.workMs,
      done: () => {
        const { now } = this.events;
        this.meter.end(now, true, now - arrivedMs);
        job.done();
      },
    });
    this.start();
  }

  /** What the server says of itself at `nowMs`. */
  report(nowMs: number): LoadReport {
    if (nowMs - this.windowMs >= WINDOW_MS) {
      this.utilization = (this.busyMs - this.busyBefore) / ((nowMs - this.windowMs) * this.slots);
      this.windowMs = nowMs;
      this.busyBefore = this.busyMs;
    }
    const { inFlight, latencyMs } = this.meter;
    return {
      requestsInFlight: inFlight,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...this.meter.rates(nowMs),
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
    this.busyMs += tookMs;
    job.done();
    this.start();
  }
}
