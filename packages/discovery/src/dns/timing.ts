import type { Random } from '../clock.js';

/** How often a name is asked for. */
export interface PollTiming {
  /** The shortest time between two looks (ms). */
  readonly minTtlMs: number;
  /** The longest (ms). */
  readonly maxTtlMs: number;
}

/** A name without addresses is looked for at least so often: its Service may have been scaled from zero. */
const MAX_ABSENT_MS = 30_000;
/** For a server that does not say how long its "no" holds; CoreDNS says 5 s. */
const DEFAULT_ABSENT_MS = 5_000;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Many clients that started together must not ask together; later than the TTL would be late. */
const JITTER = 0.1;

const clamp = (ms: number, { minTtlMs, maxTtlMs }: PollTiming): number =>
  Math.min(Math.max(ms, minTtlMs), maxTtlMs);

function sooner(ms: number, timing: PollTiming, random: Random): number {
  return Math.max(timing.minTtlMs, ms * (1 - JITTER * random()));
}

/** After an answer: its TTL, and half of it when something changed, because changes come in company. */
export function afterAnswer(
  ttlSeconds: number,
  changed: boolean,
  timing: PollTiming & { readonly random: Random },
): number {
  const ms = clamp(ttlSeconds * 1000, timing);
  return sooner(changed ? ms / 2 : ms, timing, timing.random);
}

/** After a "no". */
export function afterAbsence(
  ttlSeconds: number | undefined,
  timing: PollTiming & { readonly random: Random },
): number {
  const ms = ttlSeconds === undefined ? DEFAULT_ABSENT_MS : ttlSeconds * 1000;
  return sooner(Math.min(clamp(ms, timing), Math.max(MAX_ABSENT_MS, timing.minTtlMs)), timing, timing.random);
}

/** After the n-th failure in a row (from 1). */
export function afterFailure(failures: number, random: Random): number {
  return Math.min(RETRY_MS * 1.6 ** (failures - 1), MAX_RETRY_MS) * (1 - JITTER * random());
}
