import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/hosts.js';
import { StreamRig } from '../../test/streams.js';
import type { Candidate } from '../contract.js';

const LONG_MS = 60_000;
const UNAVAILABLE = { code: 14, latencyMs: 1, streaming: true };

/** `near` endpoints in zone a, then `far` ones in zone b. */
function endpoints(near: number, far: number): Candidate[] {
  return Array.from({ length: near + far }, (_, n) => candidate(n, { zone: n < near ? 'a' : 'b' }));
}

const rigOf = (preferZone: unknown = true, seed = 1): StreamRig =>
  new StreamRig({ zone: { preferZone } }, seed, { zone: 'a' });

const inZone = (rig: StreamRig, zone = 'a'): number => {
  const zones = new Map(rig.candidates.map((each) => [each.key, each.zone]));
  return [...rig.open].filter(({ slot }) => zones.get(slot.key) === zone).length;
};

describe('with preferZone', () => {
  it('streams fill the zone first, and beyond that even out with as few as can be, one by one within a side', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 0, max: 5 }),
        (near, far, streams, spillAbove) => {
          const rig = rigOf({ spillAbove });
          const list = endpoints(near, far);
          rig.list(list);
          rig.startMany(streams);
          const ideal = Math.max(Math.min(streams, spillAbove * near), (streams * near) / (near + far));
          expect(Math.abs(inZone(rig) - ideal)).toBeLessThanOrEqual(1);
          for (const side of [list.slice(0, near), list.slice(near)]) {
            const counts = rig.counts(side);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it('picks of one turn are counted on both sides before they start', () => {
    const rig = rigOf({ spillAbove: 1 });
    const list = endpoints(1, 1);
    rig.list(list);
    const picked = Array.from(
      { length: 6 },
      () => rig.pipeline.pick({ header: () => undefined, streaming: true })?.key,
    );
    expect(picked.filter((key) => key === list[0]?.key)).toHaveLength(3);
  });

  it('streams and calls do not see each other there either', () => {
    const rig = rigOf();
    rig.list(endpoints(1, 1));
    rig.startMany(10);
    expect(rig.pipeline.pick({ header: () => undefined })?.key).toBe(candidate(0).key);
  });

  it('no stream is asked to move while the zone has room, although the others have none', () => {
    const rig = rigOf({ spillAbove: 100 });
    rig.list(endpoints(2, 3));
    rig.startMany(100);
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
    expect(inZone(rig)).toBe(100);
  });

  it('streams come back when the zone has endpoints again, as few as fit', () => {
    const rig = rigOf({ spillAbove: 10 });
    const list = endpoints(2, 3);
    rig.list(list.slice(2));
    rig.startMany(90);
    rig.list(list);
    rig.pass(LONG_MS);
    // Even would be 36 of 90; two endpoints have room for 20.
    expect(inZone(rig)).toBe(36);
    expect(rig.asked.length).toBe(36);
    const few = rigOf({ spillAbove: 10 });
    few.list(list.slice(2));
    few.startMany(15);
    few.list(list);
    few.pass(LONG_MS);
    expect(inZone(few)).toBe(15);
  });

  it('new endpoints elsewhere take nothing from a zone that has room', () => {
    const rig = rigOf({ spillAbove: 10 });
    const list = endpoints(2, 3);
    rig.list(list.slice(0, 2));
    rig.startMany(20);
    rig.list(list);
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
  });

  it('any number of streams ends where opening them one by one would have put them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(5),
        fc.nat(),
        (near, far, streams, spillAbove, seed) => {
          const list = endpoints(near, far);
          const config = {
            zone: { preferZone: { spillAbove } },
            streams: { thresholdPercent: 0, minStreams: 1 },
          };
          const fresh = new StreamRig(config, seed, { zone: 'a' });
          fresh.list(list);
          fresh.startMany(streams);
          const grown = new StreamRig(config, seed, { zone: 'a' });
          grown.list(list.slice(near));
          grown.startMany(streams);
          grown.list(list);
          grown.pass(LONG_MS);
          expect(inZone(grown)).toBe(inZone(fresh));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('an endpoint whose zone turns out to be another changes sides', () => {
    const rig = rigOf();
    rig.list([candidate(0, { zone: 'a' }), candidate(1)]);
    rig.list([candidate(0, { zone: 'b' }), candidate(1, { zone: 'a' })]);
    expect(rig.start().slot.key).toBe(candidate(1).key);
    rig.list([candidate(0, { zone: 'a' }), candidate(1, { zone: 'b' })]);
    rig.end([...rig.open][0]!);
    expect(rig.start().slot.key).toBe(candidate(0).key);
  });

  it('streams leave a zone all of whose endpoints fail them, and go nowhere else for that', () => {
    const rig = rigOf();
    const list = endpoints(2, 2);
    rig.list(list);
    for (let i = 0; i < 2; i++) rig.end(rig.start(), UNAVAILABLE);
    rig.startMany(4);
    expect(inZone(rig)).toBe(0);
    rig.nowMs += 1_000;
    rig.start();
    expect(inZone(rig)).toBe(1);
  });

  it('streams that a zone ends at once fill its room for a while', () => {
    const rig = rigOf();
    rig.list(endpoints(2, 2));
    let ended = 0;
    for (let i = 0; i < 200; i++) {
      rig.nowMs += 10;
      const stream = rig.start();
      if (stream.slot.key !== candidate(0).key && stream.slot.key !== candidate(1).key) continue;
      rig.end(stream, { code: 0, latencyMs: 1, streaming: true });
      ended += 1;
    }
    expect(ended).toBeLessThan(120);
  });

  it.each<[string, object, { zone?: string }]>([
    ['it is off', {}, { zone: 'a' }],
    ['the zone of the client is not known', { zone: { preferZone: true } }, {}],
    ['the zone has no endpoint', { zone: { preferZone: true } }, { zone: 'c' }],
  ])('streams are even over all zones when %s', (_what, config, host) => {
    const rig = new StreamRig(config, 1, host);
    const list = endpoints(2, 3);
    rig.list(list);
    rig.startMany(50);
    expect(rig.counts(list)).toEqual([10, 10, 10, 10, 10]);
  });
});
