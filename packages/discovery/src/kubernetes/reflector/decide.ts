import { KubeError } from '../client/kube-error.js';
import { UNCONNECTED_CAP_MS } from './backoff.js';
import { type Failure, failureOf } from './failure.js';
import type { RestartReason } from './reflector.js';

/**
 * Where a list starts. `cache`: any state that the server holds in memory (resourceVersion 0). `known`: not older
 * than what was last seen. `quorum`: the newest state, read from the store itself.
 */
export type ListFrom = 'cache' | 'known' | 'quorum';

/** All that a reflector remembers between two steps. */
export interface ReflectorState {
  /** The last resourceVersion seen; opaque. Undefined before the first list. */
  readonly rv?: string;
  /** The list that is due, or null when a watch can go on from `rv`. */
  readonly list: ListFrom | null;
  /** Lists are made by a watch with `sendInitialEvents`. */
  readonly watchList: boolean;
  /** Waits in a row that grew. */
  readonly failures: number;
  /** The one short wait since the last healthy watch was used. */
  readonly graced: boolean;
  /** Watches in a row that ended at once. */
  readonly short: number;
  /** Expired watches since the last healthy one. */
  readonly expiries: number;
  /** Unreadable streams since the last healthy one. */
  readonly unreadable: number;
  /** Watch-lists in a row that ended or failed before all was told. */
  readonly unsynced: number;
}

/** What the loop does next. */
export type Step =
  | { readonly kind: 'list'; readonly from: ListFrom; readonly rv: string }
  | { readonly kind: 'watchList'; readonly rv: string }
  | { readonly kind: 'watch'; readonly rv: string };

/** How a step ended. The state that goes with it has been moved on by what the step saw before it ended. */
export type Outcome =
  | { readonly kind: 'listed'; readonly rv: string }
  /** The server ended the stream in good order. */
  | { readonly kind: 'ended'; readonly tookMs: number; readonly events: number }
  /** A watch-list told nothing for too long before it was complete; `opened`: it was accepted at least. */
  | { readonly kind: 'silent'; readonly opened: boolean }
  | { readonly kind: 'failed'; readonly error: unknown; readonly tookMs: number; readonly opened: boolean };

/** How long to wait: not at all, a random moment so that clients do not come in step, or a growing time. */
export type Wait =
  | { readonly kind: 'none' }
  | { readonly kind: 'spread' }
  | { readonly kind: 'backoff'; readonly attempt: number; readonly minMs: number; readonly capMs?: number };

export interface Decision {
  readonly state: ReflectorState;
  readonly wait: Wait;
  readonly restart?: RestartReason;
  /** The handler is told that the truth is no longer followed. */
  readonly trouble: boolean;
}

/** A watch that lived so long (ms) was healthy: the next failure starts from the smallest wait. */
export const HEALTHY_MS = 10_000;
/** A watch that ended sooner (ms) without an event was no watch (client-go's VeryShortWatch). */
export const SHORT_MS = 1_000;
/** So many of them in a row mean that the resourceVersion is gone: some servers end such a watch without a word. */
const SHORT_LIMIT = 3;
/** A watch-list that ends early or fails this often is not supported. */
const UNSYNCED_LIMIT = 2;
/** Wait after a 429 that does not say how long (ms). */
const THROTTLED_MS = 1_000;
/** A longer Retry-After is not believed (ms). */
const RETRY_AFTER_CAP_MS = 120_000;

export function initialState(watchList: boolean): ReflectorState {
  return {
    list: 'cache',
    watchList,
    failures: 0,
    graced: false,
    short: 0,
    expiries: 0,
    unreadable: 0,
    unsynced: 0,
  };
}

export function nextStep(state: ReflectorState): Step {
  const rv = state.rv ?? '';
  if (state.list === null) return { kind: 'watch', rv };
  if (state.watchList) return { kind: 'watchList', rv: state.list === 'known' ? rv : '' };
  return { kind: 'list', from: state.list, rv };
}

/** The state once a list, or a watch-list up to its bookmark, is complete. */
export function listed(state: ReflectorState, rv: string): ReflectorState {
  return { ...state, rv, list: null, unsynced: 0 };
}

/**
 * The state after an event of a watch. From no resourceVersion (or 0) a watch first tells all objects in any order:
 * those must not move the version.
 */
export function advance(state: ReflectorState, type: string, rv: string | undefined): ReflectorState {
  if (rv === undefined || rv === '') return state;
  const synthetic = type === 'ADDED' && (state.rv === '' || state.rv === '0');
  return synthetic ? state : { ...state, rv };
}

const healthy = (state: ReflectorState): ReflectorState => ({
  ...state,
  failures: 0,
  graced: false,
  short: 0,
  expiries: 0,
  unreadable: 0,
});

interface Waiting {
  readonly state: ReflectorState;
  readonly wait: Wait;
}

function backoff(state: ReflectorState, minMs = 0): Waiting {
  const attempt = state.failures + 1;
  return { state: { ...state, failures: attempt }, wait: { kind: 'backoff', attempt, minMs } };
}

/** While no connection comes about the wait does not grow as long as else. */
function capped({ state, wait }: Waiting): Waiting {
  return { state, wait: wait.kind === 'backoff' ? { ...wait, capMs: UNCONNECTED_CAP_MS } : wait };
}

/** The first trouble after a healthy time waits only for a moment. */
function graceOrBackoff(state: ReflectorState): Waiting {
  if (state.graced || state.failures > 0) return backoff(state);
  return { state: { ...state, graced: true }, wait: { kind: 'spread' } };
}

function ended(state: ReflectorState, tookMs: number, events: number): Decision {
  if (state.list !== null) return { ...backoff(doubtWatchList(state)), restart: 'ended', trouble: false };
  if (tookMs >= SHORT_MS) {
    return { state: { ...state, short: 0 }, wait: { kind: 'none' }, restart: 'ended', trouble: false };
  }
  if (events > 0) return { ...graceOrBackoff(state), restart: 'ended', trouble: false };
  const short = state.short + 1;
  const relist = short % SHORT_LIMIT === 0;
  const next: ReflectorState = { ...state, short, list: relist ? 'known' : null };
  return { ...backoff(next), restart: 'short', trouble: relist };
}

/**
 * A watch-list that did not come to its bookmark: once may be chance, twice is a server, or a proxy before it, that
 * does not know it. A plain list may work there.
 */
function doubtWatchList(state: ReflectorState): ReflectorState {
  if (state.list === null || !state.watchList) return state;
  const unsynced = state.unsynced + 1;
  return { ...state, unsynced, watchList: unsynced < UNSYNCED_LIMIT };
}

function expired(state: ReflectorState): Decision {
  const expiries = state.expiries + 1;
  const again = state.list !== null || expiries > 1;
  const next: ReflectorState = { ...state, expiries, list: again ? 'quorum' : 'known' };
  return { ...graceOrBackoff(next), restart: 'expired', trouble: again };
}

function lost(state: ReflectorState, opened: boolean): Waiting {
  return opened ? graceOrBackoff(state) : backoff(state);
}

/** A list that failed from a known version is made from the store the next time; a watch that failed needs a list. */
function relist(state: ReflectorState): ReflectorState {
  if (state.list === null) return { ...state, list: 'known' };
  return state.list === 'known' ? { ...state, list: 'quorum' } : state;
}

/** Some proxies hold a watch's answer back until it ends. Lists come through, so those are asked for what is new. */
function unanswered(state: ReflectorState): ReflectorState {
  return state.list === null ? { ...state, list: 'known' } : { ...state, watchList: false };
}

function retryAfterMs(error: unknown, fallbackMs: number): number {
  const wanted = error instanceof KubeError ? error.retryAfterMs : undefined;
  return Math.min(RETRY_AFTER_CAP_MS, wanted ?? fallbackMs);
}

function refused(state: ReflectorState): Decision {
  if (state.list !== null && state.watchList) {
    return { state: { ...state, watchList: false }, wait: { kind: 'none' }, trouble: false };
  }
  return { ...backoff(relist(state)), restart: 'error', trouble: true };
}

function unreadable(state: ReflectorState): Decision {
  const count = state.unreadable + 1;
  const counted = { ...doubtWatchList(state), unreadable: count };
  // The version did not move past what could not be read, so a watch from it would bring the same again.
  const next = count > 1 ? relist(counted) : counted;
  return { ...backoff(next), restart: 'error', trouble: true };
}

function failed(state: ReflectorState, failure: Failure, outcome: Outcome & { kind: 'failed' }): Decision {
  switch (failure) {
    case 'expired':
      return expired(state);
    case 'tooLarge':
      return { ...backoff({ ...state, list: 'quorum' }), restart: 'expired', trouble: true };
    case 'refused':
      return refused(state);
    case 'throttled':
      return {
        ...backoff(state, retryAfterMs(outcome.error, THROTTLED_MS)),
        restart: 'throttled',
        trouble: true,
      };
    case 'denied':
      return { ...backoff(state, retryAfterMs(outcome.error, 0)), restart: 'error', trouble: true };
    case 'unconnected':
      return { ...capped(lost(state, outcome.opened)), restart: 'reset', trouble: true };
    case 'lost':
      return { ...lost(state, outcome.opened), restart: 'reset', trouble: true };
    case 'idle':
      return { ...graceOrBackoff(state), restart: 'idle', trouble: true };
    case 'unanswered':
      return { ...backoff(unanswered(state)), restart: 'idle', trouble: true };
    case 'protocol':
      return unreadable(state);
    case 'other': {
      const next = doubtWatchList(relist(state));
      return { ...backoff(next, retryAfterMs(outcome.error, 0)), restart: 'error', trouble: true };
    }
  }
}

/** Without a version a second watch would not tell what was deleted since the first: all is listed again. */
function listUnversioned(decision: Decision): Decision {
  const { state } = decision;
  if (state.list !== null || (state.rv !== '' && state.rv !== '0')) return decision;
  return { ...decision, state: { ...state, list: 'cache' } };
}

/** The rules of docs/kubernetes-watch.md: what follows a step that ended in this way. Pure. */
export function decide(state: ReflectorState, outcome: Outcome): Decision {
  switch (outcome.kind) {
    case 'listed':
      return { state: listed(state, outcome.rv), wait: { kind: 'none' }, trouble: false };
    case 'silent': {
      const next = { ...state, watchList: false };
      return { state: next, wait: { kind: 'none' }, trouble: !outcome.opened };
    }
    case 'ended': {
      const next = outcome.tookMs >= HEALTHY_MS ? healthy(state) : state;
      return listUnversioned(ended(next, outcome.tookMs, outcome.events));
    }
    case 'failed': {
      const lived = outcome.opened && outcome.tookMs >= HEALTHY_MS && state.list === null;
      return listUnversioned(failed(lived ? healthy(state) : state, failureOf(outcome.error), outcome));
    }
  }
}
