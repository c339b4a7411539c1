import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { webDeployment } from '../testing.js';
import { maxSurge, maxUnavailable } from './limits.js';
import { newReplicaSet, setReplicasAnnotations } from './revision.js';
import { newSetReplicas, shrinkOldSets, specReplicas, sumSpecReplicas } from './rollout.js';
import { isScalingEvent, scaleSteps } from './scale.js';

function deployment(replicas: number, strategy: Record<string, unknown> = {}): DeploymentObject {
  return webDeployment(replicas, {
    strategy: { type: 'RollingUpdate', rollingUpdate: strategy },
  }) as DeploymentObject;
}

/** A ReplicaSet of a Deployment that asked for `before` replicas when it was last scaled; `age` sorts by time. */
function set(
  age: number,
  replicas: number,
  before: DeploymentObject,
  available = replicas,
): ReplicaSetObject {
  const made = newReplicaSet(before, age);
  setReplicasAnnotations(made, before);
  made.metadata = { ...made.metadata, name: `set-${age}`, creationTimestamp: `2030-01-01T00:00:0${age}Z` };
  made.spec.replicas = replicas;
  made.status = { replicas, availableReplicas: available };
  return made;
}

function sizesAfter(wanted: number, before: number, sizes: readonly number[]): number[] {
  const was = deployment(before, { maxSurge: 2 });
  const sets = sizes.map((size, i) => set(i, size, was, i === sizes.length - 1 ? 0 : size));
  const steps = scaleSteps(deployment(wanted, { maxSurge: 2 }), sets.at(-1), sets.slice(0, -1));
  return sets.map((each) => steps.find((step) => step.set === each)?.replicas ?? specReplicas(each));
}

describe('proportional scaling', () => {
  it.each([
    // [wanted, before, sizes old → new, sizes after]
    [10, 5, [5, 2], [9, 3]],
    [5, 10, [9, 3], [5, 2]],
    [0, 5, [5, 2], [0, 0]],
    [6, 5, [5, 2], [6, 2]],
    [12, 10, [4, 4, 4], [4, 5, 5]],
    [20, 10, [12, 0], [20, 0]],
  ])('to %d from %d turns %j into %j', (wanted, before, sizes, after) => {
    expect(sizesAfter(wanted, before, sizes)).toEqual(after);
  });

  it('always ends at the count plus surge, and only moves in the direction asked for', () => {
    const cases = fc.record({
      wanted: fc.integer({ min: 1, max: 60 }),
      // A rollout in progress fills the count plus the surge.
      split: fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 2, maxLength: 5 }),
    });
    fc.assert(
      fc.property(cases, ({ wanted, split }) => {
        const total = split.reduce((a, b) => a + b, 0);
        const after = sizesAfter(wanted, total - 2, split);
        expect(after.reduce((a, b) => a + b, 0)).toBe(wanted + 2);
        for (const [i, size] of after.entries()) {
          if (wanted + 2 >= total) expect(size).toBeGreaterThanOrEqual(split[i]!);
          else expect(size).toBeLessThanOrEqual(split[i]!);
        }
      }),
      { seed: 7 },
    );
  });
});

describe('scaling events', () => {
  it('sees a count that differs from the one noted on an active ReplicaSet', () => {
    const was = deployment(4);
    expect(isScalingEvent(deployment(4), [set(0, 4, was)])).toBe(false);
    expect(isScalingEvent(deployment(6), [set(0, 4, was)])).toBe(true);
    expect(isScalingEvent(deployment(6), [set(0, 0, was)])).toBe(false);
  });

  it('empties old ReplicaSets that still have pods when the new one is complete', () => {
    const was = deployment(4);
    const sets = [set(0, 2, was), set(1, 4, was)];
    expect(scaleSteps(was, sets[1], sets.slice(0, 1))).toEqual([{ set: sets[0], replicas: 0 }]);
  });
});

describe('one step of a rolling update', () => {
  it('never goes above the surge or, counting pods that are about to go as gone, below the minimum', () => {
    const cases = fc.record({
      wanted: fc.integer({ min: 1, max: 40 }),
      surge: fc.oneof(
        fc.nat(10),
        fc.integer({ min: 0, max: 100 }).map((p) => `${p}%`),
      ),
      unavailable: fc.oneof(
        fc.nat(10),
        fc.integer({ min: 0, max: 100 }).map((p) => `${p}%`),
      ),
      oldSizes: fc.array(fc.record({ size: fc.nat(30), available: fc.nat(30) }), { maxLength: 3 }),
      fresh: fc.record({ size: fc.nat(30), available: fc.nat(30) }),
    });
    fc.assert(
      fc.property(cases, ({ wanted, surge, unavailable, oldSizes, fresh }) => {
        const spec = deployment(wanted, { maxSurge: surge, maxUnavailable: unavailable });
        // A stale status may count more available pods than the ReplicaSet still asks for.
        const olds = oldSizes.map(({ size, available }, i) => set(i, size, spec, available));
        const next = set(9, Math.min(fresh.size, wanted), spec, fresh.available);
        const grown = newSetReplicas(spec, next, olds);
        const most = wanted + maxSurge(spec);
        if (grown > specReplicas(next)) expect(grown + sumSpecReplicas(olds)).toBeLessThanOrEqual(most);

        const staying = (each: ReplicaSetObject, size: number) =>
          Math.min(each.status?.availableReplicas ?? 0, size);
        const steps = shrinkOldSets(spec, next, olds);
        const before = [...olds, next].reduce((sum, each) => sum + staying(each, specReplicas(each)), 0);
        const after = [...olds, next].reduce((sum, each) => {
          const size = steps.find((step) => step.set === each)?.replicas ?? specReplicas(each);
          return sum + staying(each, size);
        }, 0);
        const minimum = wanted - maxUnavailable(spec);
        expect(after).toBeGreaterThanOrEqual(Math.min(before, minimum));
        for (const { set: each, replicas } of steps) expect(replicas).toBeLessThan(specReplicas(each));
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('removes unhealthy old replicas before healthy ones', () => {
    const spec = deployment(4, { maxSurge: 1, maxUnavailable: 1 });
    const [sick, healthy, next] = [set(0, 2, spec, 0), set(1, 2, spec), set(2, 1, spec, 1)];
    expect(shrinkOldSets(spec, next, [healthy, sick])).toEqual([{ set: sick, replicas: 0 }]);
  });
});
