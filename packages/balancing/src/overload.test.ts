import { describe, expect, it } from 'vitest';
import { candidates, connectAll, hostOf, mustPick, OK, tally } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { LoadReport, Outcome } from './contract.js';
import { createPipeline } from './pipeline.js';

// A server that refuses what it has no room for (RESOURCE_EXHAUSTED) answers faster than any other.

const REFUSED: Outcome = { ...OK, code: 8, latencyMs: 0.1 };
const SERVED: Outcome = { ...OK, latencyMs: 10 };
const CALLS = 4000;

/** A report without a latency: then that of the client's own calls decides. */
const BARE = (): LoadReport => ({ requestsInFlight: 3 });
/** What servers of ours report: who refuses has nothing in flight, and the latency of its last calls. */
const FULL = (refuses: boolean): LoadReport => ({
  requestsInFlight: refuses ? 0 : 3,
  latencyMs: 10,
  rps: 100,
  eps: refuses ? 100 : 0,
});

/** The share of the calls that a server which refuses all of them gets, of four. */
function shareOfRefusing(config: object, report: (refuses: boolean) => LoadReport = BARE): number {
  const clock = { nowMs: 1000 };
  const pipeline = createPipeline(parseConfig(config), { ...hostOf(3), now: () => clock.nowMs });
  const list = candidates(4);
  connectAll(pipeline, list);
  const refusing = list[0]?.key;
  const picked: string[] = [];
  for (let i = 0; i < CALLS; i++) {
    clock.nowMs += 10;
    if (pipeline.nextWakeMs !== null && pipeline.nextWakeMs <= clock.nowMs) pipeline.wake();
    for (const { key } of list) pipeline.report(key, report(key === refusing));
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    pipeline.ended(slot, slot.key === refusing ? REFUSED : SERVED);
    pipeline.endOfTurn();
    picked.push(slot.key);
  }
  return (tally(picked).get(refusing ?? '') ?? 0) / CALLS;
}

describe('a server that refuses calls', () => {
  it.each(['peakEwma', 'loadAware'])('does not look fast to %s', (policy) => {
    expect(shareOfRefusing({ pick: { [policy]: {} } })).toBeLessThan(0.2);
  });

  it('does not look idle to loadAware, which hears of no calls in flight there', () => {
    const share = shareOfRefusing({ pick: { loadAware: {} } }, FULL);
    expect(share).toBeLessThan(0.1);
    expect(share).toBeGreaterThan(0);
  });

  it('is not ejected for refusals in a row', () => {
    const share = shareOfRefusing({ pick: { roundRobin: {} }, outliers: { consecutiveFailures: 5 } });
    expect(share).toBeCloseTo(0.25, 2);
  });

  it('is ejected where the share of calls that are not OK is to decide', () => {
    const failurePercentage = { threshold: 50, minimumHosts: 3, requestVolume: 10 };
    const outliers = { consecutiveFailures: 0, intervalMs: 1000, failurePercentage };
    expect(shareOfRefusing({ pick: { roundRobin: {} }, outliers })).toBeLessThan(0.1);
  });
});
