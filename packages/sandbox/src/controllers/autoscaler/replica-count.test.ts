import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodObject } from '../objects.js';
import { type CountInput, countByAverage, countByUtilization, type PodMetric } from './replica-count.js';

const NOW = Date.parse('2030-01-01T01:00:00Z');
const at = (ms: number): string => new Date(ms).toISOString();

interface Shape {
  readonly ready?: boolean;
  readonly phase?: string;
  readonly deleted?: boolean;
  /** Seconds ago. */
  readonly started?: number;
  readonly changed?: number;
}

function pod(
  name: string,
  { ready = true, phase = 'Running', deleted = false, started = 1800, changed = 1700 }: Shape = {},
): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(deleted ? { deletionTimestamp: at(NOW) } : {}) },
    spec: { containers: [] },
    status: {
      phase,
      startTime: at(NOW - started * 1000),
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: at(NOW - changed * 1000) },
      ],
    },
  };
}

/** Pods p0, p1, … with these metrics (thousandths); null: none is known. */
function input(
  values: readonly (number | null)[],
  more: Partial<CountInput> & { shapes?: Shape[] } = {},
): CountInput {
  const { shapes = [], ...rest } = more;
  const pods = values.map((_, index) => pod(`p${index}`, shapes[index]));
  const metrics = new Map<string, PodMetric>();
  for (const [index, milli] of values.entries()) {
    if (milli !== null) metrics.set(`p${index}`, { milli, atMs: NOW, windowMs: 10_000 });
  }
  return {
    nowMs: NOW,
    cpuInitializationMs: 300_000,
    initialReadinessMs: 30_000,
    tolerance: { down: 0.1, up: 0.1 },
    currentReplicas: values.length,
    pods,
    metrics,
    resource: 'cpu',
    ...rest,
  };
}

const requesting = (milli: number, count = 20) =>
  new Map(Array.from({ length: count }, (_, i) => [`p${i}`, milli]));

describe('replicas by utilization of a request of 1000m', () => {
  it.each<[string, number[], number, number]>([
    ['twice the target: twice the pods', [200, 200], 10, 4],
    ['half the target: half the pods', [500, 500, 500, 500], 100, 2],
    ['rounded up', [300, 500, 700], 30, 5],
    ['within the tolerance: nothing', [1010, 1030, 1020], 100, 3],
    ['at the tolerance: nothing', [1100, 1100], 100, 2],
    ['just outside', [1110, 1110], 100, 3],
    ['idle: zero, which the minimum then raises', [0, 0], 50, 0],
  ])('%s: %j at %i %% are %i', (_, values, target, replicas) => {
    expect(countByUtilization(input(values), target, requesting(1000)).replicas).toBe(replicas);
  });

  it('tells the use in percent and per pod, without rounding up', () => {
    const proposal = countByUtilization(input([300, 500, 700]), 30, requesting(999));
    expect(proposal).toMatchObject({ utilization: 50, averageMilli: 500 });
  });

  it('throws when nothing is requested of what is known', () => {
    expect(() => countByUtilization(input([1]), 50, new Map())).toThrow(
      'no metrics returned matched known pods',
    );
  });
});

describe('pods of which something is not known', () => {
  it.each<[string, (number | null)[], Shape[], number, number]>([
    ['a missing one counts as idle when replicas are added', [null, 1000, 1000], [], 50, 4],
    ['more of them hold an increase back', [null, null, 1000], [], 100, 3],
    ['a missing one counts as using all when they are taken away', [100, 100, 100, null], [], 50, 3],
    ['and prevents a decrease that would turn', [400, 400, null], [], 50, 3],
    [
      'an unready one counts as idle when they are added',
      [500, 1000, 1000],
      [{ ready: false, changed: 1799 }],
      50,
      4,
    ],
    ['and not at all when they are taken away', [900, 100, 100], [{ ready: false, changed: 1799 }], 50, 1],
    [
      'one that was ready once counts, also when it is not now',
      [900, 100],
      [{ ready: false, changed: 60 }],
      50,
      2,
    ],
    ['a pending one counts as unready', [null, 1000, 1000], [{ phase: 'Pending' }], 50, 4],
    [
      'a failed or deleted one not at all',
      [1000, 1000, 1000],
      [{ phase: 'Failed' }, { deleted: true }],
      50,
      2,
    ],
    [
      'one that became ready within the last window is new',
      [1000, 400, 400],
      [{ started: 60, changed: 5 }],
      50,
      2,
    ],
    ['one that is ready for longer is not', [1000, 400, 400], [{ started: 60, changed: 30 }], 50, 4],
  ])('%s', (_, values, shapes, target, replicas) => {
    expect(countByUtilization(input(values, { shapes }), target, requesting(1000)).replicas).toBe(replicas);
  });

  it('make no number when none is left, or there are none', () => {
    expect(() => countByAverage(input([null, null]), 100)).toThrow(
      'did not receive metrics for any ready pods',
    );
    expect(() => countByAverage(input([]), 100)).toThrow('no pods returned by selector');
  });

  it('are new for CPU alone', () => {
    const shapes = [{ started: 5, changed: 1 }];
    expect(countByAverage(input([1000, 100], { shapes, resource: 'memory' }), 100).replicas).toBe(11);
    expect(countByAverage(input([1000, 100], { shapes }), 100).replicas).toBe(2);
  });
});

describe('replicas by an average value', () => {
  it.each<[number[], number, number]>([
    [[20_000, 10_000, 30_000], 15_000, 4],
    [[12_000, 12_000, 12_000, 12_000, 12_000], 20_000, 3],
    [[20_000, 21_000, 21_000], 20_000, 3],
  ])('%j at %i are %i', (values, target, replicas) => {
    const { resource: _, ...rest } = input(values);
    expect(countByAverage(rest, target).replicas).toBe(replicas);
  });
});

describe('whatever the metrics', () => {
  const shape = fc.record({
    milli: fc.option(fc.integer({ min: 0, max: 4000 })),
    ready: fc.boolean(),
    phase: fc.constantFrom('Running', 'Pending'),
    started: fc.integer({ min: 0, max: 3600 }),
    changed: fc.integer({ min: 0, max: 3600 }),
  });

  it('replicas are added only where pods use more than the target, and taken away only where they use less', () => {
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 10, max: 200 }),
        (pods, target) => {
          const given = input(
            pods.map(({ milli }) => milli),
            { shapes: pods },
          );
          let proposal: ReturnType<typeof countByUtilization>;
          try {
            proposal = countByUtilization(given, target, requesting(1000));
          } catch (error) {
            expect((error as Error).message).toBe('did not receive metrics for any ready pods');
            return;
          }
          const { replicas, utilization = 0 } = proposal;
          expect(Number.isInteger(replicas) && replicas >= 0).toBe(true);
          if (replicas > pods.length) expect(utilization).toBeGreaterThan(target);
          if (replicas < pods.length) expect(utilization).toBeLessThan(target);
        },
      ),
    );
  });
});
