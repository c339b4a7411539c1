import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type History, limit, newHistory, withChange } from './limits.js';
import type { AutoscalerObject, ScalingRules } from './objects.js';

const NOW = 10_000_000;
const EMPTY: History = { recommendations: [], ups: [], downs: [] };
const TARGET = { kind: 'Deployment', name: 'web' };
const FAST: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const AT_ONCE: ScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

interface Given {
  readonly current: number;
  readonly desired: number;
  readonly spec?: Partial<AutoscalerObject['spec']>;
  readonly history?: History;
}

function limited({ current, desired, spec = {}, history = EMPTY }: Given) {
  return limit({
    spec: { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 100, ...spec },
    currentReplicas: current,
    desiredReplicas: desired,
    history,
    nowMs: NOW,
    downscaleWindowMs: 300_000,
  });
}

const ago = (seconds: number, replicas: number) => ({ atMs: NOW - seconds * 1000, replicas });

describe('without a behaviour', () => {
  it.each<[string, Given, number, string, string]>([
    ['what is asked for', { current: 2, desired: 4 }, 4, 'DesiredWithinRange', 'ReadyForNewScale'],
    ['at most the maximum', { current: 60, desired: 110 }, 100, 'TooManyReplicas', 'ReadyForNewScale'],
    ['at most twice as many', { current: 10, desired: 50 }, 20, 'ScaleUpLimit', 'ReadyForNewScale'],
    ['but four at least', { current: 1, desired: 9 }, 4, 'ScaleUpLimit', 'ReadyForNewScale'],
    ['at least the minimum', { current: 3, desired: 0 }, 1, 'TooFewReplicas', 'ReadyForNewScale'],
    [
      'not below what was asked for in the last five minutes',
      { current: 8, desired: 2, history: { ...EMPTY, recommendations: [ago(299, 6), ago(301, 8)] } },
      6,
      'DesiredWithinRange',
      'ScaleDownStabilized',
    ],
  ])('%s', (_, given, replicas, limitReason, stabilityReason) => {
    const result = limited(given);
    expect([result.replicas, result.limit.reason, result.stability.reason]).toEqual([
      replicas,
      limitReason,
      stabilityReason,
    ]);
    expect(result.limited).toBe(limitReason !== 'DesiredWithinRange');
  });
});

describe('with a behaviour', () => {
  const up = (scaleUp: ScalingRules) => ({ behavior: { scaleUp, scaleDown: AT_ONCE } });
  const down = (scaleDown: ScalingRules) => ({ behavior: { scaleUp: FAST, scaleDown } });
  const now = { stabilizationWindowSeconds: 0 };

  it.each<[string, Given, number, string, string]>([
    [
      'the default adds four pods',
      { current: 1, desired: 10, spec: up(FAST) },
      5,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'or twice as many',
      { current: 10, desired: 30, spec: up(FAST) },
      20,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'Min takes the policy of the smaller change',
      { current: 10, desired: 30, spec: up({ ...FAST, selectPolicy: 'Min' }) },
      14,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'Disabled adds nothing',
      { current: 10, desired: 30, spec: up({ ...FAST, selectPolicy: 'Disabled' }) },
      10,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'a small share of few pods is rounded up',
      {
        current: 2,
        desired: 9,
        spec: up({ ...FAST, policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] }),
      },
      3,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'what was added in the period counts',
      {
        current: 8,
        desired: 20,
        spec: up({ ...FAST, policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] }),
        history: { ...EMPTY, ups: [ago(59, 3), ago(61, 5)] },
      },
      9,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'and never takes pods away',
      {
        current: 8,
        desired: 20,
        spec: up({ ...FAST, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] }),
        history: { ...EMPTY, ups: [ago(10, 5)] },
      },
      8,
      'ScaleUpLimit',
      'ReadyForNewScale',
    ],
    [
      'an increase waits for the lowest recent recommendation',
      {
        current: 3,
        desired: 9,
        spec: up({ ...FAST, stabilizationWindowSeconds: 60 }),
        history: { ...EMPTY, recommendations: [ago(59, 4), ago(61, 3)] },
      },
      4,
      'DesiredWithinRange',
      'ScaleUpStabilized',
    ],
    [
      'a decrease goes to the minimum at once',
      { current: 10, desired: 0, spec: { ...down({ ...AT_ONCE, ...now }), minReplicas: 2 } },
      2,
      'TooFewReplicas',
      'ReadyForNewScale',
    ],
    [
      'or by a tenth a minute',
      {
        current: 80,
        desired: 10,
        spec: down({ ...now, policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] }),
      },
      72,
      'ScaleDownLimit',
      'ReadyForNewScale',
    ],
    [
      'what was taken away in the period counts',
      {
        current: 8,
        desired: 2,
        spec: down({ ...now, policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] }),
        history: { ...EMPTY, downs: [ago(30, 2)] },
      },
      6,
      'ScaleDownLimit',
      'ReadyForNewScale',
    ],
    [
      'Min takes fewer away',
      {
        current: 10,
        desired: 1,
        spec: down({
          ...now,
          selectPolicy: 'Min',
          policies: [
            { type: 'Pods', value: 5, periodSeconds: 60 },
            { type: 'Percent', value: 20, periodSeconds: 60 },
          ],
        }),
      },
      8,
      'ScaleDownLimit',
      'ReadyForNewScale',
    ],
    [
      'Disabled takes none away',
      { current: 10, desired: 1, spec: down({ ...AT_ONCE, ...now, selectPolicy: 'Disabled' }) },
      10,
      'ScaleDownLimit',
      'ReadyForNewScale',
    ],
    [
      'without a window of its own a decrease waits five minutes',
      {
        current: 10,
        desired: 1,
        spec: down(AT_ONCE),
        history: { ...EMPTY, recommendations: [ago(200, 10)] },
      },
      10,
      'DesiredWithinRange',
      'ScaleDownStabilized',
    ],
  ])('%s', (_, given, replicas, limitReason, stabilityReason) => {
    const result = limited(given);
    expect([result.replicas, result.limit.reason, result.stability.reason]).toEqual([
      replicas,
      limitReason,
      stabilityReason,
    ]);
  });
});

describe('the history', () => {
  it('begins with what there is, so that a new controller takes nothing away at once', () => {
    const result = limited({ current: 5, desired: 1, history: newHistory(5, NOW - 1000) });
    expect(result.replicas).toBe(5);
    expect(result.history.recommendations.map(({ replicas }) => replicas)).toEqual([5, 1]);
  });

  it('notes changes by their direction and forgets those that nothing looks at', () => {
    const old = withChange(EMPTY, { from: 1, to: 3, atMs: NOW - 3_700_000 });
    const history = withChange(withChange(old, { from: 3, to: 7, atMs: NOW }), { from: 7, to: 6, atMs: NOW });
    expect(history).toEqual({ recommendations: [], ups: [ago(0, 4)], downs: [ago(0, 1)] });
  });
});

it('whatever is asked for, the number stays between minimum and maximum and goes no other way than asked', () => {
  const rules = fc.record({
    stabilizationWindowSeconds: fc.integer({ min: 0, max: 600 }),
    selectPolicy: fc.constantFrom('Max' as const, 'Min' as const, 'Disabled' as const),
    policies: fc.array(
      fc.record({
        type: fc.constantFrom('Pods' as const, 'Percent' as const),
        value: fc.integer({ min: 1, max: 200 }),
        periodSeconds: fc.integer({ min: 1, max: 1800 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });
  const noted = fc.array(
    fc.record({
      atMs: fc.integer({ min: NOW - 900_000, max: NOW }),
      replicas: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 5 },
  );
  const spec = fc
    .record({
      min: fc.integer({ min: 1, max: 10 }),
      more: fc.integer({ min: 0, max: 40 }),
      scaleUp: rules,
      scaleDown: rules,
    })
    .map(({ min, more, scaleUp, scaleDown }) => ({
      minReplicas: min,
      maxReplicas: min + more,
      behavior: { scaleUp, scaleDown },
    }));
  fc.assert(
    fc.property(
      spec,
      fc.nat({ max: 40 }),
      fc.nat({ max: 60 }),
      fc.record({ recommendations: noted, ups: noted, downs: noted }),
      (given, offset, desired, history) => {
        const current = Math.min(given.minReplicas + offset, given.maxReplicas);
        const { replicas } = limited({ current, desired, spec: given, history });
        if (desired >= current) expect(replicas).toBeLessThanOrEqual(Math.max(current, given.maxReplicas));
        else expect(replicas).toBeGreaterThanOrEqual(given.minReplicas);
        expect(replicas).toBeLessThanOrEqual(
          Math.max(given.maxReplicas, current, ...history.recommendations.map((each) => each.replicas)),
        );
      },
    ),
  );
});
