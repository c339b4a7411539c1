import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { call, candidates, connectAll, hostOf, mustPick, OK, tally } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { LoadReport, Pipeline } from './contract.js';
import { createPipeline } from './pipeline.js';

const FOUR = candidates(4);
const [FIRST, SECOND] = ['10.0.0.0:80', '10.0.0.1:80'];
const clock = { nowMs: 0 };

/** A pipeline after another one, with the same list and the same connections. */
function pipelineOf(config: object, previous?: Pipeline, list = FOUR): Pipeline {
  const host = { ...hostOf(3), now: () => clock.nowMs };
  const pipeline = createPipeline(parseConfig(config), previous === undefined ? host : { ...host, previous });
  connectAll(pipeline, list);
  return pipeline;
}

/** What each endpoint gets of 400 calls, in order. */
function shares(pipeline: Pipeline, list = FOUR): number[] {
  const counts = tally(Array.from({ length: 400 }, () => call(pipeline)));
  return list.map(({ key }) => (counts.get(key) ?? 0) / 400);
}

function reportAll(pipeline: Pipeline, report: (key: string) => LoadReport): void {
  for (const { key } of FOUR) pipeline.report(key, report(key));
}

describe('a change of config', () => {
  it('brings nobody back who was ejected, before the time is over', () => {
    const outliers = { consecutiveFailures: 3, intervalMs: 1000, baseEjectionMs: 30_000 };
    const before = pipelineOf({ pick: { leastRequest: {} }, outliers });
    for (let failures = 0; failures < 3; ) {
      const slot = mustPick(before);
      before.started(slot);
      const fails = slot.key === FIRST;
      before.ended(slot, fails ? { ...OK, code: 14 } : OK);
      before.endOfTurn();
      failures += Number(fails);
    }
    expect(shares(before)[0]).toBe(0);
    const after = pipelineOf({ pick: { roundRobin: {} }, outliers }, before);
    expect(shares(after)[0]).toBe(0);
    clock.nowMs += 31_000;
    expect(after.nextWakeMs).toBeLessThanOrEqual(clock.nowMs);
    after.wake();
    expect(shares(after)[0]).toBe(0.25);
  });

  it('leaves weights and their blackout as they were; a connection made anew begins it again', () => {
    const heavy = (key: string): LoadReport => ({
      applicationUtilization: 0.5,
      rps: key === SECOND ? 700 : 100,
    });
    const before = pipelineOf({ pick: { weightedRoundRobin: {} } });
    reportAll(before, heavy);
    clock.nowMs += 11_000;
    reportAll(before, heavy);
    before.wake();
    expect(shares(before)[1]).toBeCloseTo(0.7, 1);
    const after = pipelineOf({ pick: { weightedRoundRobin: { updateMs: 500 } } }, before);
    expect(shares(after)[1]).toBeCloseTo(0.7, 1);
    after.connection(SECOND, 'failed');
    after.connection(SECOND, 'ready');
    expect(shares(after)[1]).toBeCloseTo(0.25, 1);
  });

  it('goes on to decide by the reports that there are', () => {
    const before = pipelineOf({ pick: { loadAware: {} } });
    const report = (key: string): LoadReport => ({
      requestsInFlight: key === FIRST ? 1000 : 1,
      latencyMs: 100,
    });
    reportAll(before, report);
    const after = pipelineOf({ pick: { loadAware: { choiceCount: 4 } } }, before);
    after.report(SECOND, report(SECOND));
    expect(shares(after)[0]).toBe(0);
  });

  it('neither warms up who is warm nor ends a warm-up', () => {
    const slowStart = { windowMs: 10_000, minShare: 0.1 };
    const before = pipelineOf({ pick: { roundRobin: {} }, slowStart });
    const five = candidates(5);
    connectAll(before, five);
    expect(shares(before, five)[4]).toBeLessThan(0.05);
    clock.nowMs += 5000;
    const after = pipelineOf({ pick: { leastRequest: {} }, slowStart }, before, five);
    const worths = (): (number | undefined)[] => after.inspect?.().endpoints.map(({ worth }) => worth) ?? [];
    expect(worths()).toEqual([1, 1, 1, 1, 0.5]);
    clock.nowMs += 6000;
    after.wake();
    expect(worths()).toEqual([1, 1, 1, 1, 1]);
  });

  it('forgets who is not in the next list', () => {
    const before = pipelineOf({ pick: { loadAware: {} } });
    reportAll(before, () => ({ requestsInFlight: 3 }));
    const after = pipelineOf({ pick: { roundRobin: {} } }, before, FOUR.slice(1));
    after.update(FOUR);
    const known = after.inspect?.().endpoints.map(({ report }) => report !== null);
    expect(known?.filter(Boolean)).toHaveLength(3);
  });

  it('holds no pipeline that was replaced, however many were', async () => {
    setFlagsFromString('--expose_gc');
    const collect: () => void = runInNewContext('gc');
    let pipeline = pipelineOf({ streams: { spreadMs: 1 } });
    const first = new WeakRef(pipeline);
    for (let i = 2; i < 5; i++) pipeline = pipelineOf({ streams: { spreadMs: i } }, pipeline);
    const deadlineMs = Date.now() + 5000;
    while (first.deref() !== undefined && Date.now() < deadlineMs) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    expect(first.deref() === undefined).toBe(true);
    expect(shares(pipeline)).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
  });
});
