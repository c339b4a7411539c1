import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTEXT, call, candidate, connectAll, hostOf, mustPick, OK } from '../../test/hosts.js';
import { type Second, ZoneWorld, type ZoneWorldOptions } from '../../test/zone-world.js';
import { Load } from '../candidates/loads.js';
import { parseConfig } from '../config/parse.js';
import type { Candidate, ConnectionState, Pipeline, PipelineHost, Slot } from '../contract.js';
import { createPipeline } from '../pipeline.js';
import { Side } from './side.js';

const HOME = { zone: 'a' };

function pipelineOf(zone: object, host: Partial<PipelineHost> = HOME, pick = 'leastRequest'): Pipeline {
  return createPipeline(parseConfig({ pick: { [pick]: {} }, zone }), { ...hostOf(3), ...host });
}

/** `near` endpoints in zone a, then `far` ones in zone b. */
function endpoints(near: number, far: number): Candidate[] {
  return Array.from({ length: near + far }, (_, n) => candidate(n, { zone: n < near ? 'a' : 'b' }));
}

/** Starts `calls` that do not end; returns how many of them stay in the zone. */
function start(pipeline: Pipeline, list: readonly Candidate[], calls: number): number {
  const zones = new Map(list.map(({ key, zone }) => [key, zone]));
  let near = 0;
  for (let i = 0; i < calls; i++) {
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    near += Number(zones.get(slot.key) === 'a');
  }
  pipeline.endOfTurn();
  return near;
}

describe('by own calls', () => {
  it.each(['leastRequest', 'roundRobin', 'peakEwma', 'loadAware', 'weightedRoundRobin'])(
    '%s fills the zone first, and beyond that evens out with as few calls as can be',
    (pick) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 0, max: 60 }),
          fc.integer({ min: 0, max: 5 }),
          (near, far, calls, spillAbove) => {
            const list = endpoints(near, far);
            const pipeline = pipelineOf({ preferZone: { spillAbove } }, HOME, pick);
            connectAll(pipeline, list);
            const stayed = start(pipeline, list, calls);
            const ideal = Math.max(Math.min(calls, spillAbove * near), (calls * near) / (near + far));
            expect(Math.abs(stayed - ideal)).toBeLessThanOrEqual(1);
          },
        ),
        { numRuns: 50 },
      );
    },
  );

  it('takes calls back to the zone as soon as there is room', () => {
    const list = endpoints(2, 2);
    const pipeline = pipelineOf({ preferZone: true });
    connectAll(pipeline, list);
    expect(start(pipeline, list, 4)).toBe(4);
    const slot = mustPick(pipeline);
    expect(slot.key).toMatch(/[23]:80$/);
    pipeline.started(slot);
    pipeline.ended(slot, OK);
    pipeline.endOfTurn();
    expect(call(pipeline)).toMatch(/[23]:80$/);
    const fresh = pipelineOf({ preferZone: true });
    connectAll(fresh, list);
    for (let i = 0; i < 100; i++) expect(call(fresh)).toMatch(/[01]:80$/);
  });

  it('counts a heavy endpoint as several, whatever the unit of the weights', () => {
    for (const unit of [0.01, 1, 100]) {
      const list = endpoints(1, 2).map((each, n) => ({ ...each, weight: unit * (n === 0 ? 2 : 1) }));
      const pipeline = pipelineOf({ preferZone: { spillAbove: 3 } });
      connectAll(pipeline, list);
      // Worth 2 of 4 among three endpoints: as much as one and a half of them.
      expect(start(pipeline, list, 8)).toBe(4);
    }
  });
});

it.each<[string, object, Partial<PipelineHost>, string]>([
  ['the zone has no endpoint', { preferZone: true }, { zone: 'c' }, 'all'],
  ['the zone of the client is not known', { preferZone: true }, {}, 'all'],
  ['it is off', { preferZone: false }, HOME, 'all'],
  ['it is on', { preferZone: true }, HOME, 'near'],
])('picks where it may when %s', (_what, zone, host, where) => {
  const pipeline = pipelineOf(zone, host);
  connectAll(pipeline, endpoints(2, 2));
  const keys = new Set(Array.from({ length: 200 }, () => call(pipeline)));
  expect(keys.size).toBe(where === 'near' ? 2 : 4);
});

it('connects to all, and goes elsewhere at once when the last connection of the zone is lost', () => {
  const pipeline = pipelineOf({ preferZone: true });
  const list = endpoints(1, 2);
  connectAll(pipeline, list);
  expect(pipeline.update(list).connect.size).toBe(3);
  expect(call(pipeline)).toBe('10.0.0.0:80');
  pipeline.connection('10.0.0.0:80', 'connecting');
  expect(call(pipeline)).not.toBe('10.0.0.0:80');
  pipeline.connection('10.0.0.0:80', 'ready');
  expect(call(pipeline)).toBe('10.0.0.0:80');
});

it('takes the place of the hints of the Service, which would leave nobody to spill to', () => {
  const hinted = endpoints(1, 2).map((each) => ({ ...each, forZones: [each.zone ?? ''] }));
  expect(pipelineOf({}).update(hinted).connect.size).toBe(1);
  expect(pipelineOf({ preferZone: true }).update(hinted).connect.size).toBe(3);
});

it('lets pickFirst begin in the zone, and leaves the keys of ringHash where they are', () => {
  const list = endpoints(2, 20);
  const firsts = Array.from({ length: 30 }, (_, seed) => {
    const host = { ...hostOf(seed), ...HOME };
    const config = parseConfig({ pick: { pickFirst: {} }, zone: { preferZone: true } });
    return [...createPipeline(config, host).update(list).connect].join();
  });
  expect([...new Set(firsts)].sort()).toEqual(['10.0.0.0:80', '10.0.0.1:80']);
  const places = [{}, { preferZone: true }].map((zone) => {
    const pipeline = pipelineOf(zone, HOME, 'ringHash');
    for (const key of pipeline.update(list).lazy) pipeline.connection(key, 'ready');
    return Array.from({ length: 50 }, (_, n) => pipeline.pick({ ...CONTEXT, hash: BigInt(n) << 57n })?.key);
  });
  expect(places[0]).toEqual(places[1]);
});

/** What may happen to a pipeline, in any order. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('list' as const),
      n: fc.array(fc.nat(5)),
      zone: fc.array(fc.nat(2)),
      pod: fc.array(fc.nat(9)),
    }),
    fc.record({
      do: fc.constant('connection' as const),
      n: fc.nat(5),
      state: fc.constantFrom<ConnectionState>('ready', 'connecting', 'failed', 'idle'),
    }),
    fc.record({ do: fc.constantFrom('pick' as const, 'start' as const, 'end' as const, 'turn' as const) }),
  ),
  { maxLength: 80, size: 'max' },
);

it('counts the calls of each side exactly, and always picks while somebody is connected', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const pipeline = pipelineOf({ preferZone: true });
      const states = new Map<string, ConnectionState>();
      const picked: Slot[] = [];
      const running: Slot[] = [];
      const loads = new Set<Load>();
      let planned: ReadonlySet<string> = new Set();
      for (const step of all) {
        if (step.do === 'list') {
          // Pods move to other addresses and zones, and two addresses may be of one pod.
          const list = [...new Set(step.n)].map((n, i) =>
            candidate(n, { zone: 'abc'[step.zone[i] ?? 0]!, uid: `pod-${step.pod[i] ?? n}` }),
          );
          planned = pipeline.update(list).connect;
          for (const key of states.keys()) if (!planned.has(key)) states.delete(key);
        } else if (step.do === 'connection') {
          const key = `10.0.0.${step.n}:80`;
          if (!planned.has(key)) continue;
          states.set(key, step.state);
          pipeline.connection(key, step.state);
        } else if (step.do === 'pick') {
          const slot = pipeline.pick(CONTEXT);
          expect(slot !== null).toBe([...states.values()].includes('ready'));
          if (slot !== null) picked.push(slot);
        } else if (step.do === 'start') {
          const slot = picked.pop();
          if (slot !== undefined) pipeline.started(slot);
          if (slot !== undefined) running.push(slot);
        } else if (step.do === 'end') {
          const slot = running.shift();
          if (slot !== undefined) pipeline.ended(slot, OK);
        } else pipeline.endOfTurn();
        for (const { token } of [...picked, ...running]) if (token instanceof Load) loads.add(token);
        for (const { group } of loads) {
          if (!(group instanceof Side)) continue;
          const counted = new Set(
            [...group.entries].map(({ load }) => load).filter((each) => each.group === group),
          );
          const calls = [...counted].reduce((sum, { inFlight, pending }) => sum + inFlight + pending, 0);
          expect(group.calls).toBe(calls);
        }
      }
    }),
    { numRuns: 500 },
  );
});

describe('by what servers report', () => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  /** After the first four seconds. */
  const run = (zones: ZoneWorldOptions['zones']): readonly Second[] => {
    const config = { pick: { loadAware: {} }, zone: { preferZone: true } };
    return new ZoneWorld({ zones, config, seconds: 16, seed: 5 }).run().slice(4);
  };
  const away = (seconds: readonly Second[], zone: string): number[] =>
    seconds.map((second) => second.away[zone] ?? 0);

  it('keeps calls in their zones where these are even, without a mutual exchange', () => {
    const zone = { pods: 3, clients: 5, rate: 240 };
    const seconds = run({ a: zone, b: zone });
    expect(mean(away(seconds, 'a'))).toBeLessThan(0.06);
    expect(mean(away(seconds, 'b'))).toBeLessThan(0.06);
  });

  it('sends away about what a small zone has too much, steadily, and nothing of the large one', () => {
    const seconds = run({ a: { pods: 1, clients: 5, rate: 240 }, b: { pods: 5, clients: 5, rate: 240 } });
    // Two thirds would even it out to the last call.
    expect(mean(away(seconds, 'a'))).toBeGreaterThan(0.45);
    expect(mean(away(seconds, 'a'))).toBeLessThan(0.7);
    expect(Math.min(...away(seconds, 'a'))).toBeGreaterThan(0.25);
    expect(Math.max(...away(seconds, 'a'))).toBeLessThan(0.8);
    expect(mean(away(seconds, 'b'))).toBeLessThan(0.02);
  });

  it('goes back to own calls when reports end', () => {
    let now = 0;
    const config = parseConfig({ pick: { loadAware: {} }, zone: { preferZone: true } });
    const pipeline = createPipeline(config, { ...hostOf(1), ...HOME, now: () => now });
    const list = endpoints(1, 1);
    connectAll(pipeline, list);
    const wakeAt = (ms: number): void => {
      for (; pipeline.nextWakeMs !== null && pipeline.nextWakeMs <= ms; pipeline.wake()) {
        now = pipeline.nextWakeMs;
      }
      now = ms;
    };
    for (let ms = 0; ms < 5000; ms += 200) {
      pipeline.report('10.0.0.0:80', { requestsInFlight: 50 });
      pipeline.report('10.0.0.1:80', { requestsInFlight: 0 });
      wakeAt(ms);
    }
    expect(new Set(Array.from({ length: 50 }, () => call(pipeline))).has('10.0.0.1:80')).toBe(true);
    expect(pipeline.inspect?.().basis).toMatch(/zone by reports, \d+ % leave$/);
    wakeAt(20_000);
    expect(pipeline.nextWakeMs).toBeNull();
    expect(pipeline.inspect?.().basis).toMatch(/zone by own calls$/);
    expect(new Set(Array.from({ length: 50 }, () => call(pipeline)))).toEqual(new Set(['10.0.0.0:80']));
  });
});

it('sends calls away from a zone whose servers refuse them, and back when they take them again', () => {
  let nowMs = 0;
  const pipeline = pipelineOf({ preferZone: true }, { ...HOME, now: () => nowMs }, 'loadAware');
  const list = endpoints(2, 2);
  const zones = new Map(list.map(({ key, zone }) => [key, zone]));
  connectAll(pipeline, list);
  /** Part of the calls of that many seconds that stay in the zone. */
  const stayed = (seconds: number, nearCode: number): number => {
    const end = nowMs + seconds * 1000;
    let calls = 0;
    let near = 0;
    for (; nowMs < end; nowMs += 10) {
      if (nowMs % 200 === 0) {
        for (const { key } of list) pipeline.report(key, { requestsInFlight: 0, latencyMs: 5, rps: 10 });
      }
      if (pipeline.nextWakeMs !== null && pipeline.nextWakeMs <= nowMs) pipeline.wake();
      const slot = mustPick(pipeline);
      const isNear = zones.get(slot.key) === 'a';
      pipeline.started(slot);
      pipeline.ended(slot, { ...OK, code: isNear ? nearCode : 0 });
      pipeline.endOfTurn();
      calls += 1;
      near += Number(isNear);
    }
    return near / calls;
  };
  expect(stayed(5, 0)).toBe(1);
  stayed(5, 8);
  expect(stayed(10, 8)).toBeLessThan(0.2);
  stayed(20, 0);
  expect(stayed(5, 0)).toBe(1);
});
