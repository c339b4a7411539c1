import { expect, it } from 'vitest';
import { type Call, figuresOf, median, SOON_MS } from './figures.js';
import type { Happening } from './happening.js';

const happening: Happening = {
  startMs: 1_000,
  settledMs: 5_000,
  endMs: 60_000,
  ready: ['old', 'new', 'late', 'never'],
  arrived: new Map([
    ['new', 4_000],
    ['late', 4_500],
    ['never', 4_900],
  ]),
  empty: [{ fromMs: 2_000, toMs: 3_000 }],
};

const call = (startMs: number, pod: string, code = 0): Call => ({ startMs, endMs: startMs + 10, code, pod });

it('counts failed calls by status, apart from those that no pod could have answered, and calls of the event alone', () => {
  const calls = [
    call(999, '', 14),
    call(1_500, '', 14),
    call(1_900, '', 4),
    call(2_000, '', 14),
    call(2_999, '', 14),
    call(3_000, '', 14),
    call(3_500, 'old'),
    call(60_001, '', 14),
  ];
  expect(figuresOf(calls, happening)).toMatchObject({
    ...{ calls: 6, failed: 3, failedEmpty: 2, failingMs: 1_500 },
    byStatus: [
      ['UNAVAILABLE', 2],
      ['DEADLINE_EXCEEDED', 1],
    ],
  });
});

it('counts the ready pods that answered soon and by the end; a failed call and a pod that is gone reach nobody', () => {
  const calls = [
    call(4_000, 'late'),
    call(5_000, 'old'),
    call(6_000, 'gone'),
    call(6_000, 'never', 14),
    call(5_000 + SOON_MS - 10, 'new'),
    call(5_000 + SOON_MS, 'late'),
  ];
  expect(figuresOf(calls, happening)).toMatchObject({ reachedSoon: 2, reachedByEnd: 3 });
});

it('counts the first answer of each new pod from when it was ready, at the earliest', () => {
  const calls = [
    call(3_000, 'new'),
    call(4_100, 'new'),
    call(4_020, 'new'),
    call(4_500, 'late', 14),
    call(9_490, 'late'),
    call(4_000, 'old'),
  ];
  expect(figuresOf(calls, happening)).toMatchObject({ firstAnswerMs: [30, 5_000], neverCalled: 1 });
});

it('takes the middle, the lower one of two', () => {
  expect([median([]), median([7]), median([1, 2]), median([1, 2, 9])]).toEqual([undefined, 7, 1, 2]);
});
