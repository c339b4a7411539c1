import {
  type Clock,
  createEndpointSet,
  DiscoveryError,
  type DiscoveryErrorCode,
  type Endpoint,
  type EndpointSet,
  type EndpointSetState,
  type Timer,
} from '@fairlead/discovery';
import { beforeEach, expect, it } from 'vitest';
import { type Answer, Answers } from './answers.js';
import { answerTexts } from './texts.js';

const START_MS = Date.UTC(2024, 0, 2, 12, 0, 0);

class VirtualClock implements Clock {
  ms = START_MS;
  private readonly timers = new Set<{ atMs: number; fn: () => void }>();

  now(): number {
    return this.ms;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const timer = { atMs: this.ms + ms, fn };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer), unref: () => {} };
  }

  get pending(): number {
    return this.timers.size;
  }

  advance(ms: number): void {
    this.ms += ms;
    for (const timer of [...this.timers].sort((a, b) => a.atMs - b.atMs)) {
      if (timer.atMs <= this.ms && this.timers.delete(timer)) timer.fn();
    }
  }
}

let clock: VirtualClock;
let told: Answer[];
let answers: Answers;

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
  answers = new Answers({
    clock,
    firstAnswerMs: 5000,
    texts: answerTexts({
      target: { text: 'k8s:///svc.ns:8088', asked: 'the API server https://api:6443' },
      maxStaleMs: 60_000,
      now: () => clock.now(),
    }),
    deliver: (answer) => told.push(answer),
  });
});

const ready: Endpoint = {
  key: '10.0.0.1:8080',
  addresses: [{ host: '10.0.0.1', port: 8080 }],
  ready: true,
  serving: true,
  terminating: false,
  slice: 's',
};
const LIVE: EndpointSetState = { kind: 'live' };

function setOf(endpoints: readonly Endpoint[], more: Partial<EndpointSet> = {}): EndpointSet {
  return createEndpointSet({
    target: 'k8s:///svc.ns:8088',
    endpoints,
    state: LIVE,
    reason: 'test',
    changedAtMs: START_MS,
    ...more,
  });
}

function unknown(code: DiscoveryErrorCode, message: string): EndpointSetState {
  return { kind: 'unknown', sinceMs: clock.ms, cause: new DiscoveryError(code, message) };
}

const notes = () => told.map(({ note }) => note);

it('tells the first set and nothing when the same list comes again', () => {
  answers.start();
  const endpoints = [ready];
  answers.onSet(setOf(endpoints));
  answers.onSet(setOf(endpoints, { reason: 'again' }));
  expect(told).toEqual([{ kind: 'set', endpoints, note: '' }]);
});

it('does not tell a change of state once there are endpoints', () => {
  answers.start();
  answers.onSet(setOf([ready]));
  answers.onState({ kind: 'stale', sinceMs: clock.ms, cause: new DiscoveryError('UNREACHABLE', 'reset') });
  answers.onState(LIVE);
  expect(told).toHaveLength(1);
});

it('says after firstAnswerMs that nothing was heard, with the last error', () => {
  answers.start();
  answers.onState(unknown('UNREACHABLE', 'connect ECONNREFUSED'));
  clock.advance(4999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(notes()).toEqual([
    'k8s:///svc.ns:8088: no answer from the API server https://api:6443 for 5 s (last error: connect ECONNREFUSED)',
  ]);
  expect(told[0]?.kind).toBe('failure');
});

it.each(['UNAUTHORIZED', 'FORBIDDEN'] as const)('says %s at once', (code) => {
  answers.start();
  answers.onState(unknown(code, 'the words of the API server'));
  expect(notes()).toEqual(['k8s:///svc.ns:8088: the words of the API server']);
});

it('tells another trouble before the first set, but not the same one twice', () => {
  answers.start();
  answers.onState(unknown('FORBIDDEN', 'no'));
  answers.onState(unknown('FORBIDDEN', 'no'));
  answers.onState(unknown('UNAUTHORIZED', 'who'));
  expect(notes()).toEqual(['k8s:///svc.ns:8088: no', 'k8s:///svc.ns:8088: who']);
});

it('takes the failure back with the first set', () => {
  answers.start();
  answers.onState(unknown('FORBIDDEN', 'no'));
  answers.onSet(setOf([ready]));
  expect(told.map(({ kind }) => kind)).toEqual(['failure', 'set']);
});

it.each<[string, readonly Endpoint[], Partial<EndpointSet>, string]>([
  [
    'no slice',
    [],
    {
      absence: {
        code: 'NO_SLICE',
        message: 'no EndpointSlice for Service svc in namespace ns: does the Service exist?',
      },
      unusableSinceMs: START_MS,
    },
    'no EndpointSlice for Service svc in namespace ns: does the Service exist?',
  ],
  [
    'no such port',
    [],
    {
      absence: {
        code: 'NO_PORT',
        message: 'no port 8088; the Service has tcp (8088 → 8080), metrics (9090)',
      },
      unusableSinceMs: START_MS,
    },
    'no port 8088; the Service has tcp (8088 → 8080), metrics (9090)',
  ],
  [
    'none ready',
    [
      { ...ready, ready: false },
      { ...ready, ready: false, serving: false, terminating: true },
    ],
    { unusableSinceMs: START_MS },
    'no ready endpoint since 12:00:00Z: 1 not ready, 1 terminating',
  ],
  [
    'stale for longer than maxStaleMs',
    [],
    {
      state: { kind: 'stale', sinceMs: START_MS - 60_000, cause: new DiscoveryError('UNREACHABLE', 'reset') },
      unusableSinceMs: START_MS,
    },
    'endpoints are stale since 11:59:00Z: reset',
  ],
])('says why a set cannot serve: %s', (_what, endpoints, more, text) => {
  answers.start();
  answers.onSet(setOf(endpoints, more));
  expect(notes()).toEqual([`k8s:///svc.ns:8088: ${text}`]);
});

it('picks terminating endpoints that serve without a note', () => {
  answers.start();
  answers.onSet(setOf([{ ...ready, ready: false, terminating: true }]));
  expect(notes()).toEqual(['']);
});

it('starts afresh after stop, leaving no timer', () => {
  answers.start();
  answers.start();
  expect(clock.pending).toBe(1);
  const endpoints = [ready];
  answers.onSet(setOf(endpoints));
  answers.stop();
  expect(clock.pending).toBe(0);
  answers.start();
  answers.onSet(setOf(endpoints));
  expect(told).toHaveLength(2);
  answers.stop();
});
