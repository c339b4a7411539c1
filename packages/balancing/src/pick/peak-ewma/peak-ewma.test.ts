import { describe, expect, it } from 'vitest';
import { candidates, connectAll, hostOf, mustPick, OK, tally } from '../../../test/hosts.js';
import { parseConfig } from '../../config/parse.js';
import { createPipeline } from '../../pipeline.js';

const CALLS = 400;

/** The part of calls without end that goes to a fourth endpoint, which joins after calls of these latencies (ms) to three. */
function shareOfNewcomer(latencies: readonly number[]): number {
  const clock = { nowMs: 0 };
  const host = { ...hostOf(3), now: () => clock.nowMs };
  const pipeline = createPipeline(parseConfig({ pick: { peakEwma: {} } }), host);
  connectAll(pipeline, candidates(3));
  for (const latencyMs of latencies) {
    clock.nowMs += 100;
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    pipeline.ended(slot, { ...OK, latencyMs });
    pipeline.endOfTurn();
  }
  const list = candidates(4);
  connectAll(pipeline, list);
  const picked: string[] = [];
  for (let i = 0; i < CALLS; i++) {
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    pipeline.endOfTurn();
    picked.push(slot.key);
  }
  return (tally(picked).get(list[3]?.key ?? '') ?? 0) / CALLS;
}

const calls = (latencyMs: number): number[] => new Array(300).fill(latencyMs);

describe('an endpoint that peakEwma does not know yet', () => {
  it('counts as the others do where calls take longer than the default', () => {
    expect(shareOfNewcomer(calls(200))).toBeCloseTo(1 / 4, 1);
  });

  it('counts as the default where calls are faster', () => {
    // 5 ms of three beside the 30 ms of one: 1 of 19.
    expect(shareOfNewcomer(calls(5))).toBeCloseTo(1 / 19, 1);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('is not judged by a latency of %d', (latencyMs) => {
    const share = shareOfNewcomer([latencyMs, ...calls(200), latencyMs, ...calls(200)]);
    // More than a quarter where the endpoint that took for ever is left out.
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.45);
  });
});
