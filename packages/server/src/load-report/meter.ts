/** Rates are taken over this time (ms): shorter ones jump, longer ones come late. */
const WINDOW_MS = 1000;
/** Part of a new latency in the average, at least: about the last ten calls count ... */
const LATENCY_SHARE = 0.1;
/**
 * ... and of those that come more than so long after each other (ms) only the last. A process whose first calls were slow
 * gets few from clients that go by latency: each of them must count for more.
 */
const LATENCY_MS = 1000;

/** Counts the calls of a server. */
export class CallMeter {
  /** Unary calls begun and not ended: an open stream may be idle for hours. */
  inFlight = 0;
  /** How long unary calls take (ms); undefined before the first has ended. */
  latencyMs: number | undefined;
  private latencyAtMs = Number.NEGATIVE_INFINITY;
  private beganMs: number;
  private ended = 0;
  private failed = 0;
  private rps = 0;
  private eps = 0;

  constructor(nowMs: number) {
    this.beganMs = nowMs;
  }

  begin(): void {
    this.inFlight += 1;
  }

  /** The end of a stream, which counts in the rates only: how long it lasts says nothing of the load. */
  endStream(nowMs: number, ok: boolean): void {
    this.turnWindow(nowMs);
    this.ended += 1;
    if (!ok) this.failed += 1;
  }

  /** `latencyMs` is null for a call that tells nothing of it. */
  end(nowMs: number, ok: boolean, latencyMs: number | null): void {
    this.endStream(nowMs, ok);
    if (this.inFlight > 0) this.inFlight -= 1;
    if (latencyMs === null || !(latencyMs >= 0)) return;
    const before = this.latencyMs ?? latencyMs;
    const share = Math.min(Math.max(LATENCY_SHARE, (nowMs - this.latencyAtMs) / LATENCY_MS), 1);
    this.latencyMs = before + (latencyMs - before) * share;
    this.latencyAtMs = nowMs;
  }

  /**
   * Calls, and failed calls, per second: those of the last whole window, which ends with the first call or question
   * after its time.
   */
  rates(nowMs: number): { readonly rps: number; readonly eps: number } {
    this.turnWindow(nowMs);
    return { rps: this.rps, eps: this.eps };
  }

  private turnWindow(nowMs: number): void {
    const elapsedMs = nowMs - this.beganMs;
    if (elapsedMs >= 0 && elapsedMs < WINDOW_MS) return;
    // A clock that was set back begins a new window.
    if (elapsedMs > 0) {
      this.rps = (this.ended * 1000) / elapsedMs;
      this.eps = (this.failed * 1000) / elapsedMs;
    }
    this.ended = 0;
    this.failed = 0;
    this.beganMs = nowMs;
  }
}
