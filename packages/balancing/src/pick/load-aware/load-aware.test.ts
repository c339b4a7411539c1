import { expect, it } from 'vitest';
import { call, candidates, connectAll, hostOf, mustPick, OK, tally } from '../../../test/hosts.js';
import { parseConfig } from '../../config/parse.js';
import type { Slot } from '../../contract.js';
import { createPipeline } from '../../pipeline.js';

it('takes a call whose time nobody took, because it began before times were wanted, for no fast one', () => {
  const pipeline = createPipeline(parseConfig({ pick: { loadAware: {} } }), hostOf(3));
  const list = candidates(2);
  connectAll(pipeline, list);
  const slots = new Map<string, Slot>();
  while (slots.size < 2) {
    const slot = mustPick(pipeline);
    slots.set(slot.key, slot);
    pipeline.endOfTurn();
  }
  const [early, late] = slots.values();
  if (early === undefined || late === undefined) throw new Error('no slots');
  pipeline.started(early);
  expect(pipeline.usesLatency).toBe(false);
  for (const { key } of list) pipeline.report(key, { requestsInFlight: 0 });
  expect(pipeline.usesLatency).toBe(true);
  pipeline.ended(early, { ...OK, latencyMs: 0 });
  for (const slot of [early, late]) {
    pipeline.started(slot);
    pipeline.ended(slot, { ...OK, latencyMs: 10 });
  }
  for (const { key } of list) pipeline.report(key, { requestsInFlight: 0 });
  // None of these ends: an end would tell a latency.
  const picked = Array.from({ length: 400 }, () => {
    const slot = mustPick(pipeline);
    pipeline.endOfTurn();
    return slot.key;
  });
  expect([...tally(picked).values()].every((count) => count > 150)).toBe(true);
});

it('gives calls again to a server whose last calls were slow, once it has had none for a while', () => {
  let nowMs = 0;
  const pipeline = createPipeline(parseConfig({ pick: { loadAware: {} } }), {
    ...hostOf(3),
    now: () => nowMs,
  });
  const list = candidates(4);
  connectAll(pipeline, list);
  const shareOfSlow = (rps: number): number => {
    nowMs += 200;
    for (const [n, { key }] of list.entries()) {
      const slow = n === 0;
      pipeline.report(key, { requestsInFlight: 1, latencyMs: slow ? 100 : 1, rps: slow ? rps : 100 });
    }
    const counts = tally(Array.from({ length: 400 }, () => call(pipeline)));
    return (counts.get('10.0.0.0:80') ?? 0) / 400;
  };
  shareOfSlow(3);
  expect(shareOfSlow(3)).toBe(0);
  expect(shareOfSlow(0)).toBeGreaterThan(0.15);
});

it('remembers who was idle for a few latencies only, also while servers begin to have calls', () => {
  let nowMs = 0;
  const pipeline = createPipeline(parseConfig({ pick: { loadAware: {} } }), {
    ...hostOf(3),
    now: () => nowMs,
  });
  const list = candidates(4);
  connectAll(pipeline, list);
  for (let i = 0; i < 2; i++) {
    nowMs += 200;
    for (const [n, { key }] of list.entries()) {
      pipeline.report(key, { requestsInFlight: n === 0 ? 0 : 10, latencyMs: 10, rps: 0 });
    }
  }
  const shareOfIdle = (): number => {
    const counts = tally(Array.from({ length: 400 }, () => call(pipeline)));
    return (counts.get('10.0.0.0:80') ?? 0) / 400;
  };
  expect(shareOfIdle()).toBe(1);
  nowMs += 900;
  expect(shareOfIdle()).toBeLessThan(1);
});

/** Share of 2,000 calls, each of which lasts for ten others, that goes to each of the servers with these latencies. */
function sharesOf(latencies: readonly number[]): number[] {
  let nowMs = 0;
  const host = { ...hostOf(5), now: () => nowMs };
  const pipeline = createPipeline(parseConfig({ pick: { loadAware: {} } }), host);
  const list = candidates(latencies.length);
  connectAll(pipeline, list);
  const open: Slot[] = [];
  const picked: string[] = [];
  for (let i = 0; i < 2_000; i++) {
    nowMs += 1;
    for (const [n, { key }] of list.entries()) {
      const requestsInFlight = open.filter((slot) => slot.key === key).length;
      pipeline.report(key, { requestsInFlight, latencyMs: latencies[n]!, rps: 10 });
    }
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    picked.push(slot.key);
    open.push(slot);
    if (open.length > 10) pipeline.ended(open.shift()!, { ...OK, latencyMs: 10 });
  }
  const counts = tally(picked);
  return list.map(({ key }) => (counts.get(key) ?? 0) / picked.length);
}

it('makes nothing of latencies that are a few percent apart', () => {
  const shares = sharesOf([10, 10.5, 11, 11.5]);
  for (const share of shares) expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
});

it('gives no more to a server that says its calls take no time', () => {
  expect(sharesOf([1e-200, 10, 10, 10])[0]).toBeLessThan(0.28);
});

it('gives less to a server that is slow', () => {
  expect(sharesOf([10, 10, 10, 90])[3]).toBeLessThan(0.15);
});
