import { describe, expect, it } from 'vitest';
import type { XdsCall } from './caller.js';
import {
  judgeChange,
  judgeClosed,
  judgeOnly,
  judgeReturn,
  judgeSpread,
  judgeStart,
  judgeZero,
} from './judge.js';

const call = (startMs: number, pod: string, more: Partial<XdsCall> = {}): XdsCall => ({
  ...{
    startMs,
    endMs: startMs + 5,
    code: pod === '' ? 14 : 0,
    pod,
    text: pod === '' ? 'none' : '',
    target: 0,
  },
  ...more,
});
const happening = {
  ...{ startMs: 0, settledMs: 100, endMs: 20_000, ready: ['a', 'b'], arrived: new Map([['b', 50]]) },
  empty: [],
};

describe('judgeChange', () => {
  it('holds when no call failed and every pod answered', () => {
    expect(judgeChange([call(60, 'b'), call(110, 'a'), call(120, 'b')], happening)).toEqual({
      holds: true,
      expected: '0 failed, 2 of 2 pods',
      got: '0 failed of 3, 2 of 2 pods, new pods after 15 ms',
    });
  });

  it('does not hold when a call failed, and says why', () => {
    const { holds, got } = judgeChange([call(110, 'a'), call(120, 'b'), call(130, '')], happening);
    expect(holds).toBe(false);
    expect(got).toContain('1 failed of 3');
    expect(got).toContain('(none)');
  });

  it('does not hold without calls', () => {
    expect(judgeChange([], happening).holds).toBe(false);
  });
});

it('judgeSpread wants each pod to have its share of all calls', () => {
  const even = Array.from({ length: 20 }, (_, index) => call(index, index % 2 ? 'a' : 'b'));
  expect(judgeSpread(even, ['a', 'b']).holds).toBe(true);
  expect(judgeSpread(even, ['a', 'b', 'c']).holds).toBe(false);
  expect(judgeSpread([], ['a']).holds).toBe(false);
});

describe('judgeZero', () => {
  const zero = { ...happening, empty: [{ fromMs: 1_000, toMs: 10_000 }], arrived: new Map() };
  const back = [call(10_500, 'a'), call(10_600, 'b')];

  it('holds when calls fail at once while there is no pod and are answered afterwards', () => {
    expect(judgeZero([call(1_500, 'a'), call(5_000, ''), ...back], zero).holds).toBe(true);
  });

  it.each([
    ['a call hangs', [call(5_000, '', { code: 4, endMs: 10_000 }), call(5_100, '')]],
    ['no call fails', [call(5_000, 'a')]],
    ['a call fails before', [call(500, ''), call(5_000, '')]],
    ['calls go on failing', [call(5_000, ''), call(13_000, '')]],
  ])('does not hold when %s', (_, calls) => {
    expect(judgeZero([...calls, ...back], zero).holds).toBe(false);
  });
});

it('judgeStart counts from a moment to the first answer, and failures after that', () => {
  expect(judgeStart([call(50, ''), call(150, 'a')], 100, 1_000).got).toBe('after 55 ms, then 0 failed');
  expect(judgeStart([call(150, 'a'), call(200, '')], 100, 1_000).holds).toBe(false);
  expect(judgeStart([call(1_200, 'a')], 100, 1_000).holds).toBe(false);
  expect(judgeStart([], 100, 1_000).got).toBe('never answered');
});

it('judgeOnly wants these endpoints, all of them and no other', () => {
  expect(judgeOnly([call(0, 'a'), call(1, 'b')], ['a', 'b']).holds).toBe(true);
  expect(judgeOnly([call(0, 'a'), call(1, 'b')], ['a']).holds).toBe(false);
  expect(judgeOnly([call(0, 'a')], ['a', 'b']).holds).toBe(false);
  expect(judgeOnly([call(0, 'a'), call(1, '')], ['a']).holds).toBe(false);
  expect(judgeOnly([call(0, 'a'), call(1, '')], ['a'], 1).holds).toBe(true);
});

it('judgeReturn wants no failed call and the new endpoint, and says how long that took', () => {
  const calls = [call(0, 'a'), call(40_000, 'a'), call(52_000, 'b')];
  expect(judgeReturn(calls, ['a', 'b'], 40_000)).toEqual({
    holds: true,
    expected: '0 failed, 2 of 2 endpoints',
    got: '0 failed of 3, 2 of 2 endpoints, the new one after 12.0 s',
  });
  expect(judgeReturn([...calls, call(1, '')], ['a', 'b'], 40_000).holds).toBe(false);
  expect(judgeReturn(calls.slice(0, 2), ['a', 'b'], 40_000).holds).toBe(false);
  expect(judgeReturn([], [], 0).holds).toBe(false);
});

it('judgeClosed wants calls, none of them answered, and the word of the log', () => {
  const calls = [call(0, ''), call(1, '')];
  expect(judgeClosed(calls).holds).toBe(true);
  expect(judgeClosed([...calls, call(2, 'a')]).holds).toBe(false);
  expect(judgeClosed([]).holds).toBe(false);
  expect(judgeClosed(calls, { wanted: 'no token', log: 'warn: no token' })).toEqual({
    holds: true,
    expected: '0 answered, and the log says so',
    got: '0 of 2 answered (none); the log: “no token”',
  });
  expect(judgeClosed(calls, { wanted: 'no token', log: '' }).holds).toBe(false);
  const heard = { wanted: 'no token', log: 'warn: no token', text: /unauthenticated/i };
  expect(judgeClosed(calls, heard).holds).toBe(false);
  expect(judgeClosed([...calls, call(2, '', { text: 'UNAUTHENTICATED' })], heard).holds).toBe(true);
});
