import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DiscoveryError } from '../../errors.js';
import { UNANSWERED } from '../client/exchange.js';
import { KubeError, type KubeErrorFields } from '../client/kube-error.js';
import { IDLE } from '../client/response-body.js';
import {
  advance,
  type Decision,
  decide,
  HEALTHY_MS,
  initialState,
  listed,
  nextStep,
  type Outcome,
  type ReflectorState,
} from './decide.js';

/** In sync at version 7, watching, without a watch-list. */
const watching: ReflectorState = listed(initialState(false), '7');
const watchingByWatchList: ReflectorState = listed(initialState(true), '7');

const failed = (error: unknown, more: Partial<Outcome & { kind: 'failed' }> = {}): Outcome => ({
  kind: 'failed',
  error,
  tookMs: 20,
  opened: true,
  ...more,
});
const answer = (status: number, fields: KubeErrorFields = {}): Outcome =>
  failed(new KubeError(status, 'x', fields), { opened: false });
const ended = (tookMs: number, events: number): Outcome => ({ kind: 'ended', tookMs, events });
const unreachable = new DiscoveryError('UNREACHABLE', 'reset');
const notConnected = failed(
  new DiscoveryError('UNREACHABLE', 'x', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
  { opened: false },
);
const idle = failed(
  new DiscoveryError('UNREACHABLE', 'x', { cause: Object.assign(new Error(), { code: IDLE }) }),
  { tookMs: 120_000 },
);
const unanswered = failed(
  new DiscoveryError('UNREACHABLE', 'x', { cause: Object.assign(new Error(), { code: UNANSWERED }) }),
  { tookMs: 30_000, opened: false },
);
const unreadable = failed(new DiscoveryError('PROTOCOL', 'x'));
const tooLarge = answer(504, { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });

/** Applies outcomes one after the other and gives the last decision. */
function after(state: ReflectorState, ...outcomes: Outcome[]): Decision {
  let decision: Decision = { state, wait: { kind: 'none' }, trouble: false };
  for (const outcome of outcomes) decision = decide(decision.state, outcome);
  return decision;
}

/** A decision in a few words: next step, wait, restart reason, whether trouble is told. */
function words({ state, wait, restart, trouble }: Decision): string {
  const step = nextStep(state);
  const where = step.kind === 'list' ? step.from : step.rv === '' ? 'newest' : `from ${step.rv}`;
  const minimum = wait.kind === 'backoff' && wait.minMs > 0 ? `, at least ${wait.minMs}` : '';
  const cap = wait.kind === 'backoff' && wait.capMs !== undefined ? ` up to ${wait.capMs}` : '';
  const pause = wait.kind === 'backoff' ? `backoff ${wait.attempt}${cap}${minimum}` : wait.kind;
  return `${step.kind} ${where}; ${pause}; ${restart ?? '-'}; ${trouble ? 'trouble' : 'quiet'}`;
}

const cache = initialState(false);
const known: ReflectorState = { ...watching, list: 'known' };
const table: [string, ReflectorState, Outcome[], string][] = [
  [
    'starts with a watch-list of the newest state',
    initialState(true),
    [],
    'watchList newest; none; -; quiet',
  ],
  ['starts with a list from the cache when it may not', cache, [], 'list cache; none; -; quiet'],
  [
    'watches from the version of the list',
    cache,
    [{ kind: 'listed', rv: '9' }],
    'watch from 9; none; -; quiet',
  ],

  ['lists when a watch-list is refused', initialState(true), [answer(422)], 'list cache; none; -; quiet'],
  [
    'lists when a watch-list is refused (400)',
    initialState(true),
    [answer(400)],
    'list cache; none; -; quiet',
  ],
  [
    'lists when a watch-list is refused (405)',
    initialState(true),
    [answer(405)],
    'list cache; none; -; quiet',
  ],
  [
    'lists when a watch-list is silent',
    initialState(true),
    [{ kind: 'silent', opened: true }],
    'list cache; none; -; quiet',
  ],
  [
    'lists when a watch-list is not answered, and says so',
    initialState(true),
    [{ kind: 'silent', opened: false }],
    'list cache; none; -; trouble',
  ],
  [
    'tries a watch-list twice that fails for its own reasons',
    initialState(true),
    [answer(500)],
    'watchList newest; backoff 1; error; trouble',
  ],
  [
    'then lists, too',
    initialState(true),
    [answer(500), answer(404)],
    'list cache; backoff 2; error; trouble',
  ],
  [
    'lists when a watch-list cannot be read twice',
    initialState(true),
    [unreadable, unreadable],
    'list cache; backoff 2; error; trouble',
  ],
  [
    'tries a watch-list twice that ends early',
    initialState(true),
    [ended(50, 3)],
    'watchList newest; backoff 1; ended; quiet',
  ],
  ['then lists', initialState(true), [ended(50, 3), ended(50, 3)], 'list cache; backoff 2; ended; quiet'],
  [
    'keeps to the watch-list when it may not watch',
    initialState(true),
    [answer(403)],
    'watchList newest; backoff 1; error; trouble',
  ],
  [
    'keeps to the watch-list when the server is away',
    initialState(true),
    [answer(503)],
    'watchList newest; backoff 1; reset; trouble',
  ],

  [
    'goes on at once when the server ends a watch',
    watching,
    [ended(400_000, 9)],
    'watch from 7; none; ended; quiet',
  ],
  ['goes on at once when a quiet watch ends', watching, [ended(1000, 0)], 'watch from 7; none; ended; quiet'],
  [
    'spreads out when a watch with events ends at once',
    watching,
    [ended(10, 1)],
    'watch from 7; spread; ended; quiet',
  ],
  [
    'backs off when that happens again',
    watching,
    [ended(10, 1), ended(10, 1)],
    'watch from 7; backoff 1; ended; quiet',
  ],
  [
    'backs off from a watch that ends at once',
    watching,
    [ended(10, 0)],
    'watch from 7; backoff 1; short; quiet',
  ],
  [
    'lists after three of them',
    watching,
    [ended(10, 0), ended(10, 0), ended(10, 0)],
    'list known; backoff 3; short; trouble',
  ],
  [
    'counts anew after one that lasted',
    watching,
    [ended(10, 0), ended(10, 0), ended(2000, 0), ended(10, 0)],
    'watch from 7; backoff 3; short; quiet',
  ],

  [
    'lists from the known version when it expired',
    watching,
    [answer(410)],
    'list known; spread; expired; quiet',
  ],
  [
    'tells a watch-list the known version',
    watchingByWatchList,
    [answer(410)],
    'watchList from 7; spread; expired; quiet',
  ],
  [
    'lists the newest state when that expired too',
    watching,
    [answer(410), answer(410)],
    'list quorum; backoff 1; expired; trouble',
  ],
  [
    'asks a watch-list for the newest state then',
    watchingByWatchList,
    [answer(410), answer(410)],
    'watchList newest; backoff 1; expired; trouble',
  ],
  [
    'lists the newest state when the new version expires at once',
    watching,
    [answer(410), { kind: 'listed', rv: '8' }, answer(410)],
    'list quorum; backoff 1; expired; trouble',
  ],
  [
    'starts anew with expiries after a healthy watch',
    watching,
    [answer(410), { kind: 'listed', rv: '8' }, ended(400_000, 1), answer(410)],
    'list known; spread; expired; quiet',
  ],
  [
    'lists the newest state when the version is of the future',
    watching,
    [tooLarge],
    'list quorum; backoff 1; expired; trouble',
  ],
  ['does so from a list, too', known, [tooLarge], 'list quorum; backoff 1; expired; trouble'],

  [
    'keeps the version when the connection breaks',
    watching,
    [failed(unreachable)],
    'watch from 7; spread; reset; trouble',
  ],
  [
    'backs off when it breaks again',
    watching,
    [failed(unreachable), failed(unreachable)],
    'watch from 7; backoff 1; reset; trouble',
  ],
  [
    'backs off when the connection breaks before the answer',
    watching,
    [failed(unreachable, { opened: false })],
    'watch from 7; backoff 1; reset; trouble',
  ],
  [
    'does not back off for long while no connection comes about',
    watching,
    Array<Outcome>(9).fill(notConnected),
    'watch from 7; backoff 9 up to 5000; reset; trouble',
  ],
  [
    'makes the same list again when no connection came about for it',
    known,
    [notConnected, notConnected],
    'list known; backoff 2 up to 5000; reset; trouble',
  ],
  [
    'does not give up watch-lists for want of a connection',
    initialState(true),
    [notConnected, notConnected, notConnected],
    'watchList newest; backoff 3 up to 5000; reset; trouble',
  ],
  [
    'leaves a server in peace that is there again and in trouble',
    watching,
    [...Array<Outcome>(9).fill(notConnected), answer(503)],
    'watch from 7; backoff 10; reset; trouble',
  ],
  [
    'and more each time',
    watching,
    Array<Outcome>(4).fill(answer(502)),
    'watch from 7; backoff 4; reset; trouble',
  ],
  [
    'starts anew after a healthy watch',
    watching,
    [answer(502), answer(502), failed(unreachable, { tookMs: HEALTHY_MS })],
    'watch from 7; spread; reset; trouble',
  ],
  [
    'does not start anew after a short one',
    watching,
    [answer(502), answer(502), failed(unreachable, { tookMs: HEALTHY_MS - 1 })],
    'watch from 7; backoff 3; reset; trouble',
  ],
  [
    'lists when a watch is not answered: lists may come through',
    watching,
    [unanswered],
    'list known; backoff 1; idle; trouble',
  ],
  [
    'lists when a watch-list is not answered by the time of the client',
    initialState(true),
    [unanswered],
    'list cache; backoff 1; idle; trouble',
  ],
  ['keeps listing when a list is not', cache, [unanswered], 'list cache; backoff 1; idle; trouble'],
  [
    'lists after a watch without a version, which tells no deletions',
    cache,
    [{ kind: 'listed', rv: '' }, ended(400_000, 2)],
    'list cache; none; ended; quiet',
  ],
  [
    'lists when such a watch breaks, too',
    cache,
    [{ kind: 'listed', rv: '0' }, failed(unreachable, { tookMs: 5 })],
    'list cache; spread; reset; trouble',
  ],
  ['keeps the version when the watch is silent', watching, [idle], 'watch from 7; spread; idle; trouble'],

  [
    'waits as long as a 429 says',
    watching,
    [answer(429, { retryAfterMs: 7000 })],
    'watch from 7; backoff 1, at least 7000; throttled; trouble',
  ],
  [
    'waits a second when it does not say',
    watching,
    [answer(429)],
    'watch from 7; backoff 1, at least 1000; throttled; trouble',
  ],
  [
    'does not believe a wait of a day',
    watching,
    [answer(429, { retryAfterMs: 86_400_000 })],
    'watch from 7; backoff 1, at least 120000; throttled; trouble',
  ],
  [
    'waits with a list, too',
    cache,
    [answer(429, { retryAfterMs: 2000 })],
    'list cache; backoff 1, at least 2000; throttled; trouble',
  ],

  [
    'keeps the version when it may not watch',
    watching,
    [answer(403)],
    'watch from 7; backoff 1; error; trouble',
  ],
  [
    'keeps the version when the token is refused',
    watching,
    [answer(401)],
    'watch from 7; backoff 1; error; trouble',
  ],
  ['reads once more what cannot be read', watching, [unreadable], 'watch from 7; backoff 1; error; trouble'],
  [
    'lists when it still cannot be read',
    watching,
    [unreadable, unreadable],
    'list known; backoff 2; error; trouble',
  ],
  ['lists after any other error', watching, [answer(500)], 'list known; backoff 1; error; trouble'],
  [
    'lists when the watch is refused as such',
    watching,
    [answer(400)],
    'list known; backoff 1; error; trouble',
  ],
  [
    'keeps to watch-lists when a plain watch is refused',
    watchingByWatchList,
    [answer(400)],
    'watchList from 7; backoff 1; error; trouble',
  ],
  [
    'lists the newest state when the known one fails',
    watching,
    [answer(500), answer(500)],
    'list quorum; backoff 2; error; trouble',
  ],
  [
    'keeps listing from the known version while the server is away',
    known,
    [answer(503)],
    'list known; backoff 1; reset; trouble',
  ],
  ['keeps listing from the cache', cache, [answer(500)], 'list cache; backoff 1; error; trouble'],
];
describe('what follows', () => {
  test.each(table)('%s', (_, state, outcomes, expected) =>
    expect(words(after(state, ...outcomes))).toBe(expected),
  );

  test('waits for long after answers only, whatever came before', () => {
    const someOutcome = fc.constantFrom<Outcome>(
      ...[notConnected, answer(503), answer(500), answer(429), answer(410), answer(403)],
      ...[failed(unreachable), idle, unanswered, unreadable, ended(10, 0), ended(400_000, 1)],
    );
    const property = fc.property(
      fc.boolean(),
      fc.array(someOutcome, { maxLength: 30 }),
      (watchList, past) => {
        const { state } = after(listed(initialState(watchList), '7'), ...past);
        const { wait } = decide(state, notConnected);
        expect(wait).toMatchObject({ kind: 'backoff', minMs: 0, capMs: 5_000, attempt: state.failures + 1 });
        const answered = decide(state, answer(503)).wait;
        expect(answered).toEqual({ kind: 'backoff', minMs: 0, attempt: state.failures + 1 });
      },
    );
    fc.assert(property);
  });
});

describe('the version', () => {
  test('follows every event and every bookmark', () => {
    expect(
      ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'].map((type) => advance(watching, type, '8').rv),
    ).toEqual(Array(4).fill('8'));
  });

  test.each(['', '0'])('is not moved by the first objects of a watch from %j', (rv) => {
    const state = { ...watching, rv };
    expect(advance(state, 'ADDED', '9').rv).toBe(rv);
    expect(advance(state, 'MODIFIED', '9').rv).toBe('9');
    expect(advance(state, 'BOOKMARK', '9').rv).toBe('9');
  });

  test('is opaque: a smaller one replaces a larger one', () => {
    expect(advance(watching, 'MODIFIED', '3').rv).toBe('3');
  });

  test.each([undefined, ''])('stays when an event has none (%j)', (rv) => {
    expect(advance(watching, 'MODIFIED', rv)).toBe(watching);
  });
});

test('a refused watch-list is never tried again', () => {
  const { state } = after(initialState(true), answer(422), { kind: 'listed', rv: '9' }, answer(410));
  expect(nextStep(state)).toEqual({ kind: 'list', from: 'known', rv: '9' });
});
