import { expect, it } from 'vitest';
import { candidates, connectAll, hostOf, mustPick } from '../../test/hosts.js';
import { parseConfig } from '../config/parse.js';
import type { Pipeline } from '../contract.js';
import { createPipeline } from '../pipeline.js';

/** Endpoints in turn; `bad` of them, from the first on, fail each call. */
class Bench {
  nowMs = 0;
  readonly pipeline: Pipeline;
  readonly bad = new Set<string>();

  constructor(count: number, outliers: object) {
    const config = parseConfig({ pick: { roundRobin: {} }, outliers: { panicPercent: 0, ...outliers } });
    this.pipeline = createPipeline(config, { ...hostOf(1), now: () => this.nowMs });
    connectAll(this.pipeline, candidates(count));
  }

  round(): this {
    for (let i = 0; i < 100; i++) {
      const slot = mustPick(this.pipeline);
      this.pipeline.started(slot);
      const code = this.bad.has(slot.key) ? 14 : 0;
      this.pipeline.ended(slot, { code, latencyMs: 1, streaming: false });
      this.pipeline.endOfTurn();
    }
    return this;
  }

  at(ms: number): this {
    for (;;) {
      const { nextWakeMs } = this.pipeline;
      if (nextWakeMs === null || nextWakeMs > ms) break;
      this.nowMs = nextWakeMs;
      this.pipeline.wake();
    }
    this.nowMs = ms;
    return this;
  }

  get ejected(): string[] {
    const { endpoints = [] } = this.pipeline.inspect?.() ?? {};
    return endpoints.filter(({ why }) => why === 'ejected').map(({ key }) => key);
  }
}

it.each([
  // endpoints, percent, how many of those that all fail are ejected
  [10, 10, 1],
  [10, 20, 2],
  [10, 0, 1],
  [4, 30, 2],
  [3, 10, 1],
  [20, 10, 2],
  [7, 100, 6],
])(
  'of %i endpoints that fail at most %i %%, and one in any case, are ejected: %i',
  (count, percent, ejected) => {
    const bench = new Bench(count, { maxEjectionPercent: percent, consecutiveFailures: 1 });
    for (const { key } of candidates(count - 1)) bench.bad.add(key);
    bench.round();
    expect(bench.ejected).toHaveLength(ejected);
  },
);

it('each further ejection lasts longer, up to the longest, and a good interval makes up for one', () => {
  const bench = new Bench(4, {
    intervalMs: 1000,
    baseEjectionMs: 3000,
    maxEjectionMs: 8000,
    consecutiveFailures: 1,
    maxEjectionPercent: 100,
  });
  const [first] = candidates(1).map(({ key }) => key);
  const lasted = (): number => {
    bench.bad.add(first ?? '');
    bench.round();
    const since = bench.nowMs;
    expect(bench.ejected).toEqual([first]);
    bench.bad.clear();
    while (bench.ejected.length > 0) bench.at(bench.nowMs + 100);
    return bench.nowMs - since;
  };
  // It is taken back at the end of an interval: base × 1, × 2, and no more than the longest.
  const times = [lasted(), lasted(), lasted(), lasted()];
  expect(times.map((ms) => Math.floor(ms / 1000))).toEqual([3, 6, 8, 8]);
  // Four intervals without an ejection: as if there had been none.
  bench.at(bench.nowMs + 10_000);
  expect(Math.floor(lasted() / 1000)).toBe(3);
});
