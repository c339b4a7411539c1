import type { Container, RestartPolicy } from './pod.js';
import { isSidecar } from './pod.js';

/** Limits of the wait between two restarts of one container. */
export interface RestartLimits {
  /** Wait before the second restart (ms); the first one is immediate. Default 10 s, as the kubelet's. */
  readonly baseMs: number;
  /** Longest wait (ms). Default 300 s, as the kubelet's. */
  readonly maxMs: number;
}

export const KUBELET_RESTART_LIMITS: RestartLimits = { baseMs: 10_000, maxMs: 300_000 };

/**
 * The kubelet's CrashLoopBackOff: the first restart comes at once, the next after `baseMs`, then twice as long each
 * time up to `maxMs`; a container that ran for twice `maxMs` starts over.
 */
export class RestartBackoff {
  readonly #limits: RestartLimits;
  #nextMs = 0;
  #updatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: RestartLimits) {
    this.#limits = limits;
  }

  /** How long to wait after an exit at `nowMs`. */
  next(nowMs: number): number {
    const { baseMs, maxMs } = this.#limits;
    if (nowMs - this.#updatedAtMs > 2 * maxMs) this.#nextMs = 0;
    const waitMs = this.#nextMs;
    this.#nextMs = waitMs === 0 ? baseMs : Math.min(maxMs, waitMs * 2);
    this.#updatedAtMs = nowMs + waitMs;
    return waitMs;
  }
}

/** Whether a container that ended is started again. */
export function restarts(container: Container, policy: RestartPolicy | undefined, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  if (policy === 'Never') return false;
  return policy === 'OnFailure' ? exitCode !== 0 : true;
}

/** As `restarts`, for an init container that is no sidecar: it runs until it succeeds once. */
export function restartsInit(policy: RestartPolicy | undefined, exitCode: number): boolean {
  return exitCode !== 0 && policy !== 'Never';
}

/** `10s`, `1m20s`, `5m0s`: a wait in the words of the kubelet. */
export function formatWait(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${ms}ms`;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
