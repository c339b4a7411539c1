import { expect, it } from 'vitest';
import { judge, type KnownDifference, parseKnown } from './known.js';
import type { Case } from './part.js';

const KNOWN: KnownDifference = { part: 'kubectl', case: 'get', got: 'AGE', reason: 'clocks differ' };
const found = (more: Partial<Case>): Case => ({
  part: 'kubectl',
  case: 'get',
  expected: 'x',
  got: 'another AGE',
  ok: false,
  ...more,
});

it('accepts a difference that is known, and says why', () => {
  const differs = found({});
  expect(judge([differs, found({ case: 'apply', ok: true })], [KNOWN], ['kubectl'])).toEqual({
    fresh: [],
    accepted: [{ case: differs, reason: 'clocks differ' }],
    over: [],
  });
});

it.each([[{ case: 'apply' }], [{ part: 'coredns' }], [{ got: 'panic' }]])(
  'takes %j for a new difference',
  (more) => {
    const { fresh, accepted } = judge([found(more)], [KNOWN], []);
    expect({ fresh: fresh.length, accepted: accepted.length }).toEqual({ fresh: 1, accepted: 0 });
  },
);

it('reports a known difference that no longer occurs, of parts that ran only', () => {
  const holds = [found({ ok: true })];
  expect(judge(holds, [KNOWN], ['kubectl']).over).toEqual([KNOWN]);
  expect(judge(holds, [KNOWN], ['coredns']).over).toEqual([]);
  expect(judge(holds, [{ ...KNOWN, sometimes: true }], ['kubectl']).over).toEqual([]);
});

it.each([
  ['{}', 'known.json: accepted is a list of differences'],
  ['[{"part":"p","case":"c","got":"g"}]', 'known.json: entry 1: "reason" is missing'],
])('refuses %s', (text, message) => {
  expect(() => parseKnown(text)).toThrow(message);
});
