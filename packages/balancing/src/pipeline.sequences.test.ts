import { describe, expect, it } from 'vitest';
import { CONTEXT, call, candidate, candidates, connectAll, hostOf, mustPick } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { Pipeline, PipelineHost } from './contract.js';
import { createPipeline } from './pipeline.js';

const UNAVAILABLE = { code: 14, latencyMs: 1, streaming: false };

interface Timed {
  readonly p: Pipeline;
  readonly host: PipelineHost;
  /** Sets the clock and wakes the pipeline as often as it asked for it until then. */
  at(ms: number): void;
}

function timed(config: object, { seed = 3, previous }: { seed?: number; previous?: Pipeline } = {}): Timed {
  let nowMs = 0;
  const host = { ...hostOf(seed), now: () => nowMs, ...(previous === undefined ? {} : { previous }) };
  const p = createPipeline(parseConfig(config), host);
  return {
    p,
    host,
    at: (ms) => {
      while (p.nextWakeMs !== null && p.nextWakeMs <= ms) {
        nowMs = p.nextWakeMs;
        p.wake();
      }
      nowMs = ms;
    },
  };
}

/** Fails one call and says where it went. */
function fail(p: Pipeline): string {
  const slot = mustPick(p);
  p.started(slot);
  p.ended(slot, UNAVAILABLE);
  p.endOfTurn();
  return slot.key;
}

const EJECTING = {
  outliers: { consecutiveFailures: 1, panicPercent: 0, maxEjectionPercent: 100, baseEjectionMs: 1000 },
};

describe('outliers over changes of the list', () => {
  it('another pod at the address of an ejected one is not ejected', () => {
    const { p } = timed(EJECTING);
    connectAll(p, [candidate(1)]);
    expect(fail(p)).toBe('10.0.0.1:80');
    expect(p.pick(CONTEXT)).toBeNull();
    p.update([candidate(1, { uid: 'another' })]);
    expect(call(p)).toBe('10.0.0.1:80');
  });

  it('an ejection that is over when the endpoint is ready again no longer counts', () => {
    const { p, at } = timed(EJECTING);
    connectAll(p, [candidate(1)]);
    fail(p);
    p.update([candidate(1, { ready: false, serving: false })]);
    at(60_000);
    connectAll(p, [candidate(1)]);
    expect(call(p)).toBe('10.0.0.1:80');
  });

  it('an ejection that goes on when the endpoint is ready again ends by itself', () => {
    const { p, at } = timed({ outliers: { ...EJECTING.outliers, baseEjectionMs: 100_000 } });
    connectAll(p, [candidate(1)]);
    fail(p);
    p.update([candidate(1, { ready: false, serving: false })]);
    at(50_000);
    connectAll(p, [candidate(1)]);
    expect(p.pick(CONTEXT)).toBeNull();
    at(120_000);
    expect(call(p)).toBe('10.0.0.1:80');
  });

  it('calls that end after their endpoint left the plan eject nobody', () => {
    const { p } = timed(EJECTING);
    connectAll(p, [candidate(1)]);
    const slot = mustPick(p);
    p.started(slot);
    p.update([candidate(1, { ready: false, serving: false })]);
    p.ended(slot, UNAVAILABLE);
    connectAll(p, [candidate(1)]);
    expect(call(p)).toBe('10.0.0.1:80');
  });
});

describe('slow start over changes of the list', () => {
  function flap(policy: string) {
    const { p, at } = timed({ pick: { [policy]: {} }, slowStart: { windowMs: 10_000 } });
    connectAll(p, [candidate(1)]);
    p.update([candidate(1), candidate(2)]);
    p.connection('10.0.0.2:80', 'ready');
    at(1000);
    p.update([candidate(1), candidate(2, { ready: false, serving: false })]);
    return { p, at, plan: p.update([candidate(1), candidate(2)]) };
  }

  it('an endpoint that warms up may be unready in between, and begins anew then', () => {
    const { p, at, plan } = flap('leastRequest');
    expect([...plan.pick.values()]).toEqual([1, 1]);
    at(5000);
    p.connection('10.0.0.2:80', 'ready');
    expect(plan.pick.get('10.0.0.2:80')).toBeCloseTo(0.1);
  });

  it('moves no key of a ring', () => {
    const { p, plan } = flap('ringHash');
    expect([...plan.pick.values()]).toEqual([1, 1]);
    p.connection('10.0.0.2:80', 'ready');
    expect([...plan.pick.values()]).toEqual([1, 1]);
    expect(p.nextWakeMs).toBeNull();
    expect(mustPick(p).key).toMatch(/^10\.0\.0\.[12]:80$/);
  });
});

describe('another config', () => {
  it('keeps the subset', () => {
    const before = timed({ subset: { size: 3 } }).p;
    const first = before.update(candidates(50)).connect;
    const config = { subset: { size: 3 }, pick: { roundRobin: {} } };
    const second = timed(config, { seed: 4, previous: before }).p.update(candidates(50)).connect;
    expect(second).toEqual(first);
  });
});

describe('loadAware', () => {
  const CONFIG = { pick: { loadAware: { choiceCount: 10 } } };

  it('is what runs without a config: by reports from 80 % of fresh ones on, until they are fewer than 50 %', () => {
    const { p, at } = timed({});
    connectAll(p, candidates(10));
    const decides = (): boolean => p.inspect?.().basis?.startsWith('load reports') === true;
    const report = (count: number): void => {
      for (let n = 0; n < count; n++) p.report(`10.0.0.${n}:80`, { requestsInFlight: 1, latencyMs: 1 });
    };
    report(7);
    call(p);
    expect(decides()).toBe(false);
    report(8);
    at(200);
    report(1);
    expect(decides()).toBe(true);
    at(900);
    report(5);
    at(1500);
    call(p);
    expect(decides()).toBe(true);
    report(4);
    at(2100);
    call(p);
    expect(decides()).toBe(false);
    expect(p.nextWakeMs).toBeNull();
  });

  it('believes no report for longer than its age, also while those of others are fresh', () => {
    const { p, at } = timed(CONFIG);
    const list = candidates(5);
    connectAll(p, list);
    const report = (n: number, requestsInFlight: number) =>
      p.report(`10.0.0.${n}:80`, { requestsInFlight, latencyMs: 1 });
    report(0, 1000);
    for (let ms = 0; ms < 5000; ms += 500) {
      for (const n of [1, 2, 3, 4]) report(n, 2);
      at(ms + 500);
    }
    const keys = new Set(Array.from({ length: 200 }, () => call(p)));
    expect(keys.size).toBe(5);
  });

  it('an endpoint whose calls failed for long is tried again, and new ones are not taken for as bad', () => {
    const { p, at } = timed(CONFIG);
    const list = candidates(5);
    connectAll(p, list);
    const bad = '10.0.0.0:80';
    const run = (ms: number, isBad: (key: string) => boolean): Set<string> => {
      for (const { key } of list) p.report(key, { requestsInFlight: 1 });
      at(ms);
      const slots = Array.from({ length: 20 }, () => {
        const slot = mustPick(p);
        p.started(slot);
        return slot;
      });
      p.endOfTurn();
      for (const slot of slots) {
        p.ended(slot, isBad(slot.key) ? UNAVAILABLE : { code: 0, latencyMs: 10, streaming: false });
      }
      return new Set(slots.map(({ key }) => key));
    };
    for (let i = 1; i <= 10; i++) run(i * 200, (key) => key === bad);
    expect(run(2200, () => false)).not.toContain(bad);
    list.push(candidate(9));
    p.update(list);
    p.connection('10.0.0.9:80', 'ready');
    expect(run(2400, () => false)).toContain('10.0.0.9:80');
    const later = new Set<string>();
    for (let i = 13; i <= 80; i++) for (const key of run(i * 200, () => false)) later.add(key);
    expect(later).toContain(bad);
  });
});
