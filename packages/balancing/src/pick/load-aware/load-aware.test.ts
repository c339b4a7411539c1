import { expect, it } from 'vitest';
import { candidates, connectAll, hostOf, mustPick, OK, tally } from '../../../test/hosts.js';
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
