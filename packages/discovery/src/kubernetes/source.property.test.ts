import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, Recorder } from '../../test/doubles/followed-source.js';
import { type EndpointFields, slice } from '../../test/doubles/slices.js';
import { macrotask } from '../../test/doubles/virtual-clock.js';
import type { Endpoint } from '../endpoint.js';
import type { EndpointSet } from '../endpoint-set.js';
import type { KubeObject } from './client/client.js';

afterEach(closeSources);

const someEndpoint = fc
  .record({
    n: fc.integer({ min: 1, max: 8 }),
    ready: fc.boolean(),
    terminating: fc.boolean(),
    hasPod: fc.boolean(),
  })
  .map(
    ({ n, hasPod, ...more }): EndpointFields => ({
      host: String(n),
      uid: hasPod ? `u${n}` : undefined,
      ...more,
    }),
  );

const someSlice = fc
  .record({
    name: fc.constantFrom('s1', 's2', 's3', 's4'),
    port: fc.constantFrom(8088, 8088, 8088, 9090),
    endpoints: fc.array(someEndpoint, { maxLength: 5 }),
  })
  .map(({ name, port, endpoints }) => {
    // The API server never lets a slice change its addressType.
    const family = name === 's4' ? 6 : 4;
    return slice({
      name,
      addressType: `IPv${family}`,
      ports: [{ name: port === 8088 ? 'tcp' : 'metrics', port }],
      endpoints: endpoints.map((each) => ({
        ...each,
        host: `${family === 4 ? '10.0.0.' : 'fd00::'}${each.host}`,
      })),
    });
  });

/** What a reflector may be told: a slice is there, a slice is gone, a complete list of only these slices. */
type Step =
  | { readonly kind: 'upsert'; readonly object: KubeObject }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'relist'; readonly drop: readonly string[] };

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: someSlice.map((object) => ({ kind: 'upsert', object }) as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('s1', 's2', 's3', 's4').map((name) => ({ kind: 'remove', name }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.subarray(['s1', 's2', 's3', 's4']).map((drop) => ({ kind: 'relist', drop }) as const),
  },
);
const someSteps = fc.array(fc.tuple(fc.constantFrom(-1, 0, 10, 60, 700), someStep), {
  minLength: 1,
  maxLength: 20,
});

/** When an address or a pod was last in the slices, and whether they called it terminating then. */
interface Sighting {
  goneSinceMs: number;
  terminating: boolean;
}

interface EndpointJson {
  addresses: string[];
  conditions: { terminating?: boolean };
  targetRef?: { uid?: string };
}

/** Notes what the slices say of each address and of each pod (by uid) with the port `tcp`. */
function look(slices: Iterable<KubeObject>, sightings: Map<string, Sighting>, nowMs: number): void {
  const present = new Map<string, boolean>();
  for (const each of slices) {
    if (!JSON.stringify(each.ports).includes('tcp')) continue;
    for (const { addresses, conditions, targetRef } of each.endpoints as EndpointJson[]) {
      for (const id of [addresses[0], targetRef?.uid]) {
        if (id !== undefined) present.set(id, present.get(id) === true || conditions.terminating === true);
      }
    }
  }
  for (const [id, sighting] of sightings) {
    if (!present.has(id)) sighting.goneSinceMs = Math.min(sighting.goneSinceMs, nowMs);
  }
  for (const [id, terminating] of present) {
    sightings.set(id, { goneSinceMs: Number.POSITIVE_INFINITY, terminating });
  }
}

/** Nobody called it terminating, and it was there until less than the settle time ago. */
function isSurprise({ terminating, goneSinceMs }: Sighting, nowMs: number): boolean {
  return !terminating && nowMs - goneSinceMs < 50;
}

/** Plays steps; a negative pause puts a step into the macrotask of the one before. */
async function play(steps: readonly (readonly [pauseMs: number, step: Step])[]) {
  const { cluster, clock, watch } = followSource();
  const recorder = new Recorder();
  const sightings = new Map<string, Sighting>();
  const surprises: string[] = [];
  const observer = watch('k8s:///svc.ns:tcp', {
    ...recorder,
    onSet: (set, diff) => {
      const emptied = set.endpoints.length === 0 ? (recorder.sets.at(-1)?.endpoints ?? []) : [];
      for (const { key, uid, addresses } of emptied) {
        // What was said of a pod holds for all its addresses, and a slice may know an address but not its pod.
        const seen = [uid, ...addresses.map(({ host }) => host)].flatMap(
          (id) => sightings.get(id ?? '') ?? [],
        );
        if (seen.every((sighting) => isSurprise(sighting, clock.now()))) surprises.push(key);
      }
      recorder.onSet(set, diff);
    },
  });
  const slices = new Map<string, KubeObject>();
  cluster.slices.replace([]);
  await macrotask();
  for (const [pauseMs, step] of steps) {
    if (pauseMs >= 0) await clock.advance(pauseMs);
    if (step.kind === 'upsert') {
      slices.set(String(step.object.metadata.name), step.object);
      cluster.slices.upsert(step.object);
    } else if (step.kind === 'remove') {
      const object = slices.get(step.name);
      slices.delete(step.name);
      if (object !== undefined) cluster.slices.remove(object);
    } else {
      for (const name of step.drop) slices.delete(name);
      cluster.slices.replace([...slices.values()]);
    }
    look(slices.values(), sightings, clock.now());
  }
  await clock.advance(1000);
  observer.close();
  return { observer: recorder, slices: [...slices.values()], surprises };
}

async function afresh(slices: readonly KubeObject[]): Promise<EndpointSet> {
  const { cluster, watch } = followSource();
  const observer = watch('k8s:///svc.ns:tcp');
  cluster.slices.replace(slices);
  await macrotask();
  return observer.last;
}

const content = (endpoints: readonly Endpoint[]) => endpoints.map((each) => ({ ...each, slice: '' }));

describe('a set of endpoints', () => {
  it('depends on the slices alone, not on how they came to be', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const { observer, slices } = await play(steps);
        const fresh = await afresh([...slices].reverse());
        expect(content(observer.last.endpoints)).toEqual(content(fresh.endpoints));
        expect(observer.last.version).toBe(fresh.version);
        closeSources();
      }),
      { numRuns: 300 },
    );
  });

  it('is reached from the one before by its difference, and is sorted and free of duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const { observer } = await play(steps);
        const map = new Map<string, Endpoint>();
        for (const [index, set] of observer.sets.entries()) {
          const diff = observer.diffs[index];
          for (const { key } of diff?.removed ?? []) expect(map.delete(key)).toBe(true);
          for (const each of diff?.changed ?? []) {
            expect(map.get(each.key)).not.toEqual(each);
            map.set(each.key, each);
          }
          for (const each of diff?.added ?? []) {
            expect(map.has(each.key)).toBe(false);
            map.set(each.key, each);
          }
          const sorted = [...map.keys()].sort().map((key) => map.get(key));
          expect(sorted.length).toBe(set.endpoints.length);
          expect(sorted.every((each, at) => each === set.endpoints[at])).toBe(true);
        }
        closeSources();
      }),
      { numRuns: 300 },
    );
  });

  it('is not empty within the settle time of a vanishing, unless every endpoint said so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('remove', 'relist', 'clear'),
        fc.integer({ min: 0, max: 499 }),
        async (numbers, how, waitMs) => {
          const { cluster, clock, watch } = followSource();
          const observer = watch('k8s:///svc.ns:tcp');
          const ready = slice({ name: 's1', endpoints: numbers.map((n) => ({ host: `10.0.0.${n}` })) });
          cluster.slices.replace([ready]);
          await macrotask();
          if (how === 'remove') cluster.slices.remove(ready);
          else if (how === 'relist') cluster.slices.replace([]);
          else cluster.slices.upsert(slice({ name: 's1', endpoints: [] }));
          await clock.advance(waitMs);
          expect(observer.sets).toHaveLength(1);
          await clock.advance(500 - waitMs);
          expect(observer.last.endpoints).toEqual([]);
          closeSources();
        },
      ),
    );
  });

  it('is not emptied by surprise in 300 histories', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const { surprises } = await play(steps);
        expect(surprises).toEqual([]);
        closeSources();
      }),
      { numRuns: 300 },
    );
  });
});
