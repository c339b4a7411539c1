import { monotonicMs } from '#commands/wait.js';
import { cpuMicroseconds } from '../clock.js';

/** The shortest interval of a timer of Node (ms). */
const EVERY_MS = 1;
/** The CPU of the process is read with every fifth tick only: it is a system call that adds up all threads. */
const CPU_EVERY = 5;

/** How long the event loop was busy with other things while a timer was due: what every other client then waits for. */
export class LoopWatch {
  readonly #now: () => number;
  #lastMs: number;
  #lastCpuUs = cpuMicroseconds();
  #ticks = 0;
  #stallMs = 0;
  #stallCpuMs = 0;
  readonly #timer = setInterval(() => this.#tick(), EVERY_MS);

  /** `now`: a clock that only goes on (ms). */
  constructor(now: () => number = monotonicMs) {
    this.#now = now;
    this.#lastMs = now();
  }

  /**
   * The longest stall since this was last called (ms), and the CPU that the process used in it and a few ms before, on
   * all its threads.
   */
  take(): { readonly stallMs: number; readonly stallCpuMs: number } {
    this.#tick();
    const taken = { stallMs: this.#stallMs, stallCpuMs: this.#stallCpuMs };
    this.#stallMs = 0;
    this.#stallCpuMs = 0;
    return taken;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = this.#now();
    const stallMs = Math.max(0, nowMs - this.#lastMs - EVERY_MS);
    const isLongest = stallMs > this.#stallMs;
    this.#lastMs = nowMs;
    this.#ticks += 1;
    if (!isLongest && this.#ticks % CPU_EVERY !== 0) return;
    const cpuUs = cpuMicroseconds();
    if (isLongest) {
      this.#stallMs = stallMs;
      this.#stallCpuMs = (cpuUs - this.#lastCpuUs) / 1000;
    }
    this.#lastCpuUs = cpuUs;
  }
}
