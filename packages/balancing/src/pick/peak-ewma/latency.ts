/** The latency of one endpoint, as a moving average that remembers peaks. */
export interface LatencyState {
  valueMs: number;
  /** When it was last brought up to date (epoch ms). */
  atMs: number;
}

/** No call counts for longer: a clock that jumped must not make an endpoint unusable for good. */
const LONGEST_MS = 60_000;

/** What a latency counts as: none is negative, and one that is no number is the worst. */
export function counted(latencyMs: number): number {
  return Number.isFinite(latencyMs) ? Math.min(Math.max(latencyMs, 0), LONGEST_MS) : LONGEST_MS;
}

/** What an endpoint's latency counts as at `nowMs`: without calls it decays towards 0, so that it gets one again. */
export function decayed(state: LatencyState, decayMs: number, nowMs: number): number {
  const elapsed = nowMs - state.atMs;
  return elapsed <= 0 ? state.valueMs : state.valueMs * Math.exp(-elapsed / decayMs);
}

/** Takes in the latency of a call: one above the average replaces it at once, a lower one bends it by time. */
export function observe(
  state: LatencyState,
  latencyMs: number,
  { decayMs, nowMs }: { decayMs: number; nowMs: number },
): void {
  const latency = counted(latencyMs);
  const elapsed = nowMs - state.atMs;
  const keep = Math.exp(-elapsed / decayMs);
  state.valueMs = latency > state.valueMs ? latency : state.valueMs * keep + latency * (1 - keep);
  state.atMs = nowMs;
}
