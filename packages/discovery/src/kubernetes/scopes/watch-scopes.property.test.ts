import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { closeSources, followSource, Recorder } from '../../../test/doubles/followed-source.js';
import { scopeOf, VersionedCluster } from '../../../test/doubles/versioned-cluster.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import type { EndpointSet } from '../../endpoint-set.js';
import { SERVICES_PER_NAMESPACE_WATCH } from './watch-scopes.js';

afterEach(closeSources);

type Step =
  /** A slice gets this many endpoints, all with a zone that tells the version. */
  | { readonly kind: 'set'; readonly slice: number; readonly endpoints: number }
  | { readonly kind: 'delete'; readonly slice: number }
  /** The Service's own watch, or that of the namespace, hears so many more changes. */
  | { readonly kind: 'tell'; readonly who: 'service svc' | 'namespace ns'; readonly changes: number }
  | { readonly kind: 'relist'; readonly who: 'service svc' | 'namespace ns' }
  /** So many Services are watched that the namespace gets a watch. */
  | { readonly kind: 'crowd' };

const who = fc.constantFrom('service svc', 'namespace ns');
const aSlice = fc.integer({ min: 1, max: 3 });
const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set'), slice: aSlice, endpoints: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), slice: aSlice }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('tell'), who, changes: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('relist'), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crowd') }) },
);
const someSteps = fc.array(fc.tuple(fc.constantFrom(0, 0, 20, 60), someStep), {
  minLength: 5,
  maxLength: 40,
});

const nameOf = (slice: number) => ({ name: `s${slice}`, service: 'svc' });

/** Endpoints of a slice: addresses of its own, and the version of the slice as zone. */
const endpointsOf = (slice: number, count: number, version: number) =>
  Array.from({ length: count }, (_, n) => ({ host: `10.0.${slice}.${n}`, zone: String(version) }));

const content = ({ endpoints }: EndpointSet) => endpoints.map(({ key, zone }) => `${key} ${zone}`);

/** Plays the steps; everybody has heard everything at the end. */
async function play(steps: readonly (readonly [number, Step])[], watchScope: 'auto' | 'service') {
  const { cluster, clock, watch } = followSource({ watchScope });
  const api = new VersionedCluster();
  const present = new Set<number>();
  const recorder = new Recorder();
  watch('k8s:///svc.ns:tcp', recorder);
  const open = (scope: string) =>
    cluster.reflectors.filter((each) => !each.closed && scopeOf(each) === scope);
  let crowded = false;
  for (const [pauseMs, step] of steps) {
    await clock.advance(pauseMs);
    if (step.kind === 'set') {
      present.add(step.slice);
      api.set({ ...nameOf(step.slice), endpoints: endpointsOf(step.slice, step.endpoints, api.next) });
    } else if (step.kind === 'delete') {
      if (present.delete(step.slice)) api.delete(nameOf(step.slice));
    } else if (step.kind === 'tell') for (const each of open(step.who)) api.tell(each, step.changes);
    else if (step.kind === 'relist') for (const each of open(step.who)) api.relist(each);
    else if (!crowded) {
      crowded = true;
      for (let n = 1; n < SERVICES_PER_NAMESPACE_WATCH; n++) watch(`k8s:///other${n}.ns:tcp`);
    }
  }
  for (const each of [...cluster.reflectors]) api.tell(each);
  await clock.advance(1000);
  const scopes = cluster.reflectors.filter(({ closed }) => !closed).map(scopeOf);
  closeSources();
  await macrotask();
  return { recorder, crowded, scopes };
}

it('ends with the same endpoints whenever the namespace takes over', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      const auto = await play(steps, 'auto');
      const each = await play(steps, 'service');
      expect(content(auto.recorder.last)).toEqual(content(each.recorder.last));
      expect(auto.scopes).toEqual(auto.crowded ? ['namespace ns'] : ['service svc']);
    }),
    { numRuns: 300 },
  );
});

it('never tells an endpoint as it was before', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      const { recorder } = await play(steps, 'auto');
      const newest = new Map<string, number>();
      for (const { key, zone } of recorder.sets.flatMap(({ endpoints }) => endpoints)) {
        expect(Number(zone)).toBeGreaterThanOrEqual(newest.get(key) ?? 0);
        newest.set(key, Number(zone));
      }
    }),
    { numRuns: 300 },
  );
});
