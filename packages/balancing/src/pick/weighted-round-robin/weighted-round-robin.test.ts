import { expect, it } from 'vitest';
import { call, candidates, connectAll, hostOf, tally } from '../../../test/hosts.js';
import { parseConfig } from '../../config/parse.js';
import { createPipeline } from '../../pipeline.js';

it('comes to every endpoint though weights are computed anew after less than a round', () => {
  let nowMs = 0;
  const host = { ...hostOf(3), now: () => nowMs };
  const pipeline = createPipeline(parseConfig({ pick: { weightedRoundRobin: { blackoutMs: 0 } } }), host);
  const list = candidates(10);
  connectAll(pipeline, list);
  const keys: string[] = [];
  for (let period = 0; period < 500; period++) {
    for (let i = 0; i < 4; i++) keys.push(call(pipeline));
    for (const { key } of list) pipeline.report(key, { rps: 100, cpuUtilization: 0.5 });
    nowMs += 1000;
    pipeline.wake();
  }
  const counts = tally(keys);
  expect(counts.size).toBe(10);
  for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThanOrEqual(4);
});
