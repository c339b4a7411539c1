import type { Happening } from './happening.js';

/** One call of a client, as it told. Times are epoch milliseconds. */
export interface Call {
  readonly startMs: number;
  readonly endMs: number;
  /** gRPC status code; 0 is OK. */
  readonly code: number;
  /** Name of the pod that answered; '' when none did. */
  readonly pod: string;
}

/** What one client made of one event. */
export interface Figures {
  /** Calls that started during the event. */
  readonly calls: number;
  /** Of these, failed although some pod was ready when they started. */
  readonly failed: number;
  /** Failed calls by status name, most frequent first. */
  readonly byStatus: readonly (readonly [string, number])[];
  /** Failed calls that started while no pod was ready: no client can help those. */
  readonly failedEmpty: number;
  /** From the first to the last failed call's start (ms); 0 without two. */
  readonly failingMs: number;
  /** Ready pods that answered a call within 10 s after the slices were final. */
  readonly reachedSoon: number;
  /** Ready pods that answered a call between then and the end of the event. */
  readonly reachedByEnd: number;
  /** Milliseconds from ready to the first answer, of each new pod that ever answered; ascending. */
  readonly firstAnswerMs: readonly number[];
  /** New pods that never answered. */
  readonly neverCalled: number;
}

/** How soon a pod that is reached soon answers (ms). */
export const SOON_MS = 10_000;

const STATUS = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

function countByStatus(failed: readonly Call[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { code } of failed) {
    const name = STATUS[code] ?? String(code);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** How many of `pods` answered a call between two moments. */
function reached(calls: readonly Call[], pods: readonly string[], [fromMs, toMs]: [number, number]): number {
  const answered = new Set(
    calls.filter(({ code, endMs }) => code === 0 && endMs >= fromMs && endMs <= toMs).map(({ pod }) => pod),
  );
  return pods.filter((pod) => answered.has(pod)).length;
}

/**
 * When each new pod first answered, counted from when it was ready. An answer before that (a client that does not look
 * at readiness) counts as 0. A pod that was there before, was killed and came back counts from its return.
 */
function firstAnswers(calls: readonly Call[], { arrived }: Happening): number[] {
  const first = new Map<string, number>();
  for (const { code, pod, endMs } of calls) {
    const readyMs = arrived.get(pod);
    if (code !== 0 || readyMs === undefined || endMs < readyMs) continue;
    first.set(pod, Math.min(first.get(pod) ?? Number.POSITIVE_INFINITY, endMs - readyMs));
  }
  return [...first.values()].sort((a, b) => a - b);
}

/** Counts what became of the calls that started during an event. */
export function figuresOf(all: readonly Call[], happening: Happening): Figures {
  const { startMs, settledMs, endMs, ready, arrived, empty } = happening;
  const calls = all.filter((call) => call.startMs >= startMs && call.startMs <= endMs);
  const isEmpty = (atMs: number): boolean => empty.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const bad = calls.filter(({ code }) => code !== 0);
  const failed = bad.filter((call) => !isEmpty(call.startMs));
  const starts = failed.map((call) => call.startMs);
  const firstAnswerMs = firstAnswers(calls, happening);
  return {
    calls: calls.length,
    failed: failed.length,
    byStatus: countByStatus(failed),
    failedEmpty: bad.length - failed.length,
    failingMs: starts.length === 0 ? 0 : Math.max(...starts) - Math.min(...starts),
    reachedSoon: reached(calls, ready, [settledMs, settledMs + SOON_MS]),
    reachedByEnd: reached(calls, ready, [settledMs, endMs]),
    firstAnswerMs,
    neverCalled: arrived.size - firstAnswerMs.length,
  };
}

/** The middle of ascending numbers, the lower one of two; undefined for none. */
export const median = (ascending: readonly number[]): number | undefined =>
  ascending[Math.floor((ascending.length - 1) / 2)];
