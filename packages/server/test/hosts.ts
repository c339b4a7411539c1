import type { Clock, Timer } from '../src/clock.js';
import type { LogFields, Logger } from '../src/logger.js';
import type { HostProcess } from '../src/options.js';

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  private timeMs = 1_000_000;
  private readonly timers = new Map<object, { atMs: number; fn: () => void }>();

  now(): number {
    return this.timeMs;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const timer = { cancel: () => void this.timers.delete(timer), unref: () => {} };
    this.timers.set(timer, { atMs: this.timeMs + ms, fn });
    return timer;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** Time in which nothing runs: what came due in it comes late, with the next advance. */
  stall(ms: number): void {
    this.timeMs += ms;
  }

  /** Moves on, running what is due in order; promises settle in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.timeMs + ms;
    for (;;) {
      await settle();
      const due = [...this.timers]
        .filter(([, t]) => t.atMs <= endMs)
        .sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.timers.delete(due[0]);
      this.timeMs = Math.max(this.timeMs, due[1].atMs);
      due[1].fn();
    }
    this.timeMs = endMs;
    await settle();
  }
}

/** Lets every promise chain that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A process that records instead of ending. */
export class FakeProcess implements HostProcess {
  readonly env: Record<string, string | undefined> = {};
  readonly exits: number[] = [];
  private readonly listeners = new Map<string, Set<(signal: NodeJS.Signals) => void>>();

  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(listener));
  }

  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    this.listeners.get(event)?.delete(listener);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** How many listeners a signal has. */
  count(event: NodeJS.Signals): number {
    return this.listeners.get(event)?.size ?? 0;
  }

  send(signal: NodeJS.Signals): void {
    for (const listener of this.listeners.get(signal) ?? []) listener(signal);
  }
}

/** A logger that keeps what it is told. */
export class RecordingLogger implements Logger {
  readonly lines: { level: string; msg: string; fields: LogFields }[] = [];

  debug(msg: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', msg, fields });
  }

  info(msg: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', msg, fields });
  }

  warn(msg: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', msg, fields });
  }

  error(msg: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', msg, fields });
  }

  of(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.msg);
  }
}
