import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { BOUND, onAll, pipeline } from './contestants.js';
import { antagonists, calm, coldStart, rollingUpdate, zoneSkew } from './scenarios.js';
import { type Scenario, simulate } from './simulate.js';

const SIZE = { clients: 10, servers: 10 };
const brief = (scenario: Scenario): Scenario => ({ ...scenario, endMs: scenario.warmMs + 5000 });
const least = pipeline('leastRequest', { pick: { leastRequest: {} } }).choosers;

describe('simulate', () => {
  it('repeats itself for a seed and for no other', () => {
    const run = (seed: number): number[] => [
      ...simulate(brief(antagonists(1.03, SIZE)), least, seed).latencies,
    ];
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('gives every policy the same calls', () => {
    const calls = [BOUND, ...onAll(['roundRobin', 'leastRequest'])].map(
      ({ choosers }) => simulate(brief(calm(SIZE)), choosers, 3).calls,
    );
    expect(new Set(calls).size).toBe(1);
    expect(calls[0]).toBeGreaterThan(1000);
  });

  it('loses no call: each begun one ends, and is of a server', () => {
    const { calls, failed, shares } = simulate(brief(calm(SIZE)), least, 3);
    expect(failed).toBe(0);
    expect([...shares.values()].reduce((sum, count) => sum + count, 0)).toBe(calls);
    expect(shares.size).toBe(10);
  });

  it('fails calls that take longer than their deadline', () => {
    const { calls, failed } = simulate({ ...brief(calm(SIZE)), timeoutMs: 100 }, least, 3);
    expect(failed).toBeGreaterThan(calls / 10);
    expect(failed).toBeLessThan(calls);
  });

  it('sends no call to a server that left, and counts the first second of those that came', () => {
    const { failed, newcomers } = simulate(rollingUpdate(SIZE), least, 3);
    expect(failed).toBe(0);
    expect(newcomers.length).toBe(10);
    for (const share of newcomers) expect(share).toBeGreaterThan(0);
  });

  it('keeps calls in the zone where endpoints are hinted', () => {
    const scenario = brief(zoneSkew({ clients: 10, servers: 9 }));
    expect(simulate(scenario, least, 3).inZone).toBe(1);
    const ignored = pipeline('', { zone: { hints: false } }).choosers;
    expect(simulate(scenario, ignored, 3).inZone).toBeCloseTo(1 / 3, 1);
  });
});

describe('what the figures say', () => {
  it('a bound that sees all is below the policies that see little', () => {
    const { results } = compare(
      antagonists(1.27, SIZE),
      [BOUND, ...onAll(['leastRequest', 'roundRobin'])],
      [7, 8],
    );
    const [bound, leastRequest, roundRobin] = results.map(({ ratio }) => ratio.median);
    expect(bound).toBe(1);
    expect(leastRequest).toBeGreaterThan(1);
    expect(roundRobin).toBeGreaterThan(leastRequest ?? 0);
  });

  it('slow start keeps calls from a cold server', () => {
    const { results } = compare(
      coldStart(SIZE),
      [
        pipeline('cold', { pick: { roundRobin: {} } }),
        pipeline('warm', { pick: { roundRobin: {} }, slowStart: {} }),
      ],
      [7],
    );
    expect(results[1]?.ratio.worst).toBeLessThan(0.5);
    expect(results[1]?.newcomer.worst).toBeLessThan(0.5);
  });

  it('no policy starves a server of a fleet of equals', () => {
    for (const { name, choosers } of onAll()) {
      const { shares, calls } = simulate({ ...calm(SIZE), endMs: 15_000 }, choosers, 7);
      expect(shares.size, name).toBe(10);
      expect((Math.min(...shares.values()) * 10) / calls, name).toBeGreaterThan(0.5);
    }
  });
});
