import fc from 'fast-check';
import { expect, it } from 'vitest';
import { candidate, hostOf } from '../../test/hosts.js';
import { parseConfig } from '../config/parse.js';
import type { Candidate } from '../contract.js';
import { createPipeline } from '../pipeline.js';

/** What kube-proxy does for a Service with the traffic policy Cluster, said once more in the plainest way. */
function proxied(endpoints: readonly Candidate[], zone?: string, node?: string): readonly Candidate[] {
  const ready = endpoints.filter((each) => each.ready && !each.terminating);
  if (ready.length === 0) return endpoints.filter((each) => each.serving && each.terminating);
  const forNode = ready.filter((each) => each.forNodes?.some((name) => name === node));
  if (ready.every((each) => (each.forNodes ?? []).length > 0) && forNode.length > 0) return forNode;
  const forZone = ready.filter((each) => each.forZones?.some((name) => name === zone));
  if (ready.every((each) => (each.forZones ?? []).length > 0) && forZone.length > 0) return forZone;
  return ready;
}

const names = fc.option(fc.subarray(['a', 'b', 'c']), { nil: undefined, freq: 6 });
const hinted: fc.Arbitrary<Candidate> = fc
  .record({
    n: fc.integer({ min: 0, max: 7 }),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    forZones: names,
    forNodes: names,
  })
  .map(({ n, forZones, forNodes, ...conditions }) =>
    candidate(n, {
      ...conditions,
      ...(forZones === undefined ? {} : { forZones }),
      ...(forNodes === undefined ? {} : { forNodes }),
    }),
  );
/** Mostly all ready and hinted: else hints seldom decide. */
const orderly = hinted.map((each) =>
  candidate(Number(each.key.split('.')[3]?.split(':')[0]), {
    forZones: each.forZones?.length ? each.forZones : ['b'],
    ...(each.serving ? {} : { forNodes: each.forNodes?.length ? each.forNodes : ['c'] }),
    ...(each.ready || each.serving ? {} : { ready: false }),
  }),
);
const place = fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined });
const edits = fc.array(
  fc.record({
    at: fc.nat({ max: 8 }),
    remove: fc.nat({ max: 3 }),
    insert: fc.array(fc.oneof({ weight: 5, arbitrary: orderly }, { weight: 1, arbitrary: hinted }), {
      maxLength: 3,
    }),
  }),
  { maxLength: 30, size: 'max' },
);

it('uses the endpoints that kube-proxy would use on that node, after any sequence of changes', () => {
  const modes = { all: 0, some: 0 };
  fc.assert(
    fc.property(place, place, edits, (zone, node, steps) => {
      const host = { ...hostOf(1), ...(zone ? { zone } : {}), ...(node ? { node } : {}) };
      const pipeline = createPipeline(parseConfig({}), host);
      let list: Candidate[] = [];
      for (const { at, remove, insert } of steps) {
        const kept = list.toSpliced(at, remove);
        // Of two endpoints with one key the first counts; sources never give two.
        const fresh = insert.filter(
          ({ key }, index) =>
            !kept.some((each) => each.key === key) && insert.findIndex((each) => each.key === key) === index,
        );
        list = kept.toSpliced(at, 0, ...fresh);
        const expected = proxied(list, zone, node).map(({ key }) => key);
        expect([...pipeline.update(list).connect].sort()).toEqual(expected.sort());
        modes[expected.length < list.length ? 'some' : 'all'] += 1;
      }
    }),
    { seed: 3, numRuns: 1000 },
  );
  expect(Math.min(modes.all, modes.some)).toBeGreaterThan(1000);
});
