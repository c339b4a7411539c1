import { describe, expect, it } from 'vitest';
import { CONTEXT, candidate, connectAll, hostOf } from '../../test/hosts.js';
import { parseConfig } from '../config/parse.js';
import type { Candidate } from '../contract.js';
import { createPipeline } from '../pipeline.js';

const zone = (n: number, ...forZones: string[]): Candidate => candidate(n, { forZones });
const node = (n: number, forNode: string, forZone: string): Candidate =>
  candidate(n, { forZones: [forZone], forNodes: [forNode] });
const HERE = { zone: 'a', node: 'n1' };

function used(list: readonly Candidate[], location: object = HERE, config: object = {}): number[] {
  const pipeline = createPipeline(parseConfig(config), { ...hostOf(1), ...location });
  const keys = [...pipeline.update(list).connect];
  return keys.map((key) => list.findIndex((each) => each.key === key)).sort();
}

describe('hints', () => {
  it.each<[string, Candidate[], object, number[]]>([
    ['are followed to the zone', [zone(1, 'a'), zone(2, 'b'), zone(3, 'a')], HERE, [0, 2]],
    ['may name several zones', [zone(1, 'a', 'b'), zone(2, 'b')], { zone: 'b' }, [0, 1]],
    ['mean nothing when one ready endpoint lacks them', [zone(1, 'a'), candidate(2)], HERE, [0, 1]],
    ['mean nothing when none is for the zone', [zone(1, 'b'), zone(2, 'c')], HERE, [0, 1]],
    ['mean nothing to a client that does not know its zone', [zone(1, 'a'), zone(2, 'b')], {}, [0, 1]],
    ['of an empty list are none', [candidate(1, { forZones: [] }), zone(2, 'a')], HERE, [0, 1]],
    [
      'may be missing where an endpoint is not ready',
      [zone(1, 'a'), candidate(2, { ready: false }), zone(3, 'b')],
      HERE,
      [0],
    ],
    [
      'for the node come before those for the zone',
      [node(1, 'n1', 'a'), node(2, 'n2', 'a'), node(3, 'n3', 'b')],
      HERE,
      [0],
    ],
    ['for the zone hold when none is for the node', [node(1, 'n2', 'a'), node(2, 'n3', 'b')], HERE, [0]],
    [
      'for nodes mean nothing when one lacks them',
      [node(1, 'n1', 'a'), zone(2, 'a'), zone(3, 'b')],
      HERE,
      [0, 1],
    ],
    ['for nodes hold without a zone', [node(1, 'n1', 'a'), node(2, 'n2', 'a')], { node: 'n1' }, [0]],
    [
      'mean nothing when nobody is ready: who still serves is used, wherever it is',
      [
        candidate(1, { ready: false, terminating: true, forZones: ['a'] }),
        candidate(2, { ready: false, terminating: true }),
      ],
      HERE,
      [0, 1],
    ],
  ])('%s', (_what, list, location, expected) => {
    expect(used(list, location)).toEqual(expected);
  });

  it('can be turned off', () => {
    expect(used([zone(1, 'a'), zone(2, 'b')], HERE, { zone: { hints: false } })).toEqual([0, 1]);
  });

  it('leave a subset the endpoints that they allow', () => {
    const list = [zone(1, 'a'), zone(2, 'b'), zone(3, 'a'), zone(4, 'a')];
    expect(used(list, HERE, { subset: { size: 2 } })).toHaveLength(2);
    expect(used(list, HERE, { subset: { size: 2 } })).not.toContain(1);
  });

  it('let the calls pass to the others when the last endpoint of the zone goes, and back', () => {
    const pipeline = createPipeline(parseConfig({}), { ...hostOf(1), ...HERE });
    const [near, far] = [zone(1, 'a'), zone(2, 'b')];
    connectAll(pipeline, [near, far]);
    expect(pipeline.pick(CONTEXT)?.key).toBe(near.key);
    const plan = pipeline.update([candidate(1, { ready: false, terminating: true }), far]);
    expect([...plan.connect]).toEqual([far.key]);
    expect(pipeline.pick(CONTEXT)).toBeNull();
    pipeline.connection(far.key, 'ready');
    expect(pipeline.pick(CONTEXT)?.key).toBe(far.key);
    const back = pipeline.update([far, zone(3, 'a')]);
    expect([...back.connect]).toEqual([zone(3).key]);
    expect(back.why(far.key)).toBe('not-selected');
  });
});
