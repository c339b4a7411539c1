import { type Call, figuresOf } from '../peers/figures.js';
import type { Happening } from '../peers/happening.js';
import type { XdsCall } from './caller.js';

/** What one client made of one scenario. */
export interface Verdict {
  readonly holds: boolean;
  /** What must hold, and what was found; both short. */
  readonly expected: string;
  readonly got: string;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The text of the last failure, for people who ask why. */
const because = (calls: readonly XdsCall[], most = 160): string => {
  const text = calls.findLast(({ code }) => code !== 0)?.text.slice(0, most) ?? '';
  return text === '' ? '' : ` (${text})`;
};

/** Clients wrap what they were told in several layers of their own. */
const WHOLE_STORY = 300;

const seconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

const range = (ms: readonly number[]): string => {
  const [least = 0, most = 0] = [ms[0], ms.at(-1)];
  return least === most ? seconds(least) : `${seconds(least)} to ${seconds(most)}`;
};

/** No call fails that a pod could have answered, and every pod that is ready in the end answers. */
export function judgeChange(calls: readonly XdsCall[], happening: Happening): Verdict {
  const figures = figuresOf(calls, happening);
  const pods = happening.ready.length;
  const reached = `${figures.reachedByEnd} of ${pods} pods`;
  const soon = figures.firstAnswerMs.length > 0 ? `, new pods after ${range(figures.firstAnswerMs)}` : '';
  const failed = figures.failed > 0 ? because(calls) : '';
  return {
    holds:
      figures.failed === 0 && figures.reachedByEnd === pods && figures.neverCalled === 0 && figures.calls > 0,
    expected: `0 failed, ${pods} of ${pods} pods`,
    got: `${figures.failed} failed of ${figures.calls}, ${reached}${soon}${failed}`,
  };
}

/** So much more or less than its share may a pod get: a list that changes begins anew somewhere. */
const UNEVEN = 0.2;

/** Every pod gets its share. */
export function judgeSpread(calls: readonly Call[], pods: readonly string[]): Verdict {
  const answered = calls.filter(({ code }) => code === 0);
  const counts = pods.map((name) => answered.filter(({ pod }) => pod === name).length).sort((a, b) => a - b);
  const share = calls.length / pods.length;
  const [least = 0, most = 0] = [counts[0], counts.at(-1)];
  return {
    holds: share > 0 && least >= share * (1 - UNEVEN) && most <= share * (1 + UNEVEN),
    expected: `each of ${pods.length} pods gets its share of all calls, ±${UNEVEN * 100} %`,
    got: `${least} to ${most} of ${calls.length}`,
  };
}

/** Status code of a call for which there is no endpoint. */
const UNAVAILABLE = 14;
/** Calls after the pods' return may go on failing for so long (ms). */
const BACK_MS = 2_000;
/** What fails at once takes less than that, on a busy machine too (ms). */
const AT_ONCE_MS = 1_500;

/**
 * While no pod is ready calls fail at once with UNAVAILABLE, but for those that pods which are about to end still answer;
 * when pods are back calls are answered.
 */
export function judgeZero(calls: readonly XdsCall[], happening: Happening): Verdict {
  const [gap] = happening.empty;
  const pods = happening.ready.length;
  const expected = `no call hangs, UNAVAILABLE while there is none, then ${pods} of ${pods} pods`;
  if (gap === undefined) return { holds: false, expected, got: 'the slices were never empty' };
  const during = calls.filter(({ startMs }) => startMs > gap.fromMs && startMs < gap.toMs - AT_ONCE_MS);
  const refused = during.filter(({ code }) => code === UNAVAILABLE);
  const odd = during.filter(({ code }) => code !== 0 && code !== UNAVAILABLE);
  const slow = during.filter(({ startMs, endMs }) => endMs - startMs >= AT_ONCE_MS);
  const late = calls.filter(({ code, startMs }) => code !== 0 && startMs >= gap.toMs);
  const lateMs = late.length === 0 ? 0 : Math.max(...late.map(({ startMs }) => startMs)) - gap.toMs;
  const early = calls.filter(({ code, startMs }) => code !== 0 && startMs < gap.fromMs).length;
  const { reachedByEnd } = figuresOf(calls, happening);
  return {
    holds:
      refused.length > 0 &&
      odd.length + slow.length + early === 0 &&
      lateMs <= BACK_MS &&
      reachedByEnd === pods,
    expected,
    got: `${refused.length} UNAVAILABLE, ${odd.length} other, ${slow.length} slow, ${early} before; ${reachedByEnd} of ${pods} pods, last failure ${seconds(lateMs)} after their return${because(calls)}`,
  };
}

/** From a moment on calls are answered, first within `withinMs`; none fails after the first answer. */
export function judgeStart(calls: readonly XdsCall[], fromMs: number, withinMs: number): Verdict {
  const expected = `answered within ${seconds(withinMs)}, then 0 failed`;
  const first = calls.find(({ code, endMs }) => code === 0 && endMs >= fromMs);
  if (first === undefined) return { holds: false, expected, got: `never answered${because(calls)}` };
  const failed = calls.filter(({ code, startMs }) => code !== 0 && startMs > first.endMs);
  const after = first.endMs - fromMs;
  return {
    holds: after <= withinMs && failed.length === 0,
    expected,
    got: `after ${seconds(after)}, then ${failed.length} failed${because(failed)}`,
  };
}

/** What must be heard of clients that are refused. */
export interface Heard {
  /** The control plane's log. */
  readonly log: string;
  readonly wanted: string;
  /** In what clients say of their calls. */
  readonly text?: RegExp | undefined;
}

/** No call is answered, and what is wanted is heard. */
export function judgeClosed(calls: readonly XdsCall[], heard?: Heard): Verdict {
  const answered = calls.filter(({ code }) => code === 0).length;
  const { log = '', wanted = '', text } = heard ?? {};
  const logged = log.includes(wanted);
  const told = calls.findLast((call) => text?.test(call.text) === true);
  const reason = because(told === undefined ? calls : [told], WHOLE_STORY);
  const words = heard === undefined ? '' : logged ? `; the log: “${wanted}”` : '; the log does not say so';
  return {
    holds: calls.length > 0 && answered === 0 && logged && (text === undefined || told !== undefined),
    expected: `0 answered${text === undefined ? '' : `, ${text.source}`}${heard === undefined ? '' : ', and the log says so'}`,
    got: `${answered} of ${calls.length} answered${reason}${words}`,
  };
}

/** None of the calls fails, though the control plane was away until `backMs`; all endpoints answer, the last since then only. */
export function judgeReturn(calls: readonly XdsCall[], hosts: readonly string[], backMs: number): Verdict {
  const failed = calls.filter(({ code }) => code !== 0);
  const answered = calls.filter(({ code }) => code === 0);
  const reached = hosts.filter((host) => answered.some(({ pod }) => pod === host)).length;
  const first = answered.find(({ pod }) => pod === hosts.at(-1));
  const soon = first === undefined ? '' : `, the new one after ${seconds(first.endMs - backMs)}`;
  return {
    holds: failed.length === 0 && reached === hosts.length && calls.length > 0,
    expected: `0 failed, ${hosts.length} of ${hosts.length} endpoints`,
    got: `${failed.length} failed of ${calls.length}, ${reached} of ${hosts.length} endpoints${soon}${because(failed)}`,
  };
}

/** All calls from a moment on are answered by exactly these pods. */
export function judgeOnly(calls: readonly XdsCall[], pods: readonly string[], mayFail = 0): Verdict {
  const failed = calls.filter(({ code }) => code !== 0);
  const answered = new Set(calls.filter(({ code }) => code === 0).map(({ pod }) => pod));
  const others = [...answered].filter((pod) => !pods.includes(pod));
  const reached = pods.filter((pod) => answered.has(pod)).length;
  return {
    holds: failed.length <= mayFail && others.length === 0 && reached === pods.length,
    expected: `${mayFail === 0 ? '0' : `at most ${mayFail}`} failed, ${pods.length} of ${pods.length} endpoints, no other`,
    got: `${failed.length} failed of ${calls.length}, ${reached} of ${pods.length} endpoints, ${plural(others.length, 'other')}${because(calls)}`,
  };
}
