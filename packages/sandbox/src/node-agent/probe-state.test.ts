import { expect, it } from 'vitest';
import { ProbeState, probeTimes } from './probe-state.js';

const ok = { ok: true };
const bad = { ok: false };

it('fills in the defaults of the API, also for zeros', () => {
  const defaults = {
    initialDelayMs: 0,
    periodMs: 10_000,
    timeoutMs: 1000,
    successThreshold: 1,
    failureThreshold: 3,
  };
  expect(probeTimes({})).toEqual(defaults);
  expect(probeTimes({ periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0 })).toEqual(defaults);
});

it('tries a readiness probe every 50 ms for a second, then with doubled waits up to the period', () => {
  const state = new ProbeState({ periodSeconds: 1 }, 'Readiness', 0);
  const waits = Array.from({ length: 26 }, () => state.nextMs());
  expect(waits.slice(0, 20)).toEqual(new Array(20).fill(50));
  expect(waits.slice(20)).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(state.record(ok, 10)).toEqual({ healthy: true, counted: false });
  expect(state.nextMs()).toBe(1000);
});

it('counts one failure per period before the first success, each one after it', () => {
  const state = new ProbeState({ periodSeconds: 1, failureThreshold: 2 }, 'Readiness', 0);
  expect(state.record(bad, 50)).toEqual({ healthy: undefined, counted: false });
  expect(state.record(bad, 1000)).toEqual({ healthy: undefined, counted: true });
  expect(state.record(bad, 1100)).toEqual({ healthy: undefined, counted: false });
  expect(state.record(ok, 1200)).toEqual({ healthy: true, counted: false });
  expect(state.record(bad, 1210)).toEqual({ healthy: true, counted: true });
  expect(state.record(bad, 1220)).toEqual({ healthy: false, counted: true });
  expect(state.record(ok, 1230).healthy).toBe(true);
});

it('fails a startup probe after failureThreshold periods, however many extra attempts there were', () => {
  const state = new ProbeState({ periodSeconds: 1, failureThreshold: 3 }, 'Startup', 0);
  const failedAtMs = Array.from({ length: 200 }, (_, index) => index * 50).find(
    (nowMs) => state.record(bad, nowMs).healthy === false,
  );
  expect(failedAtMs).toBe(3000);
});

it('needs successThreshold successes in a row', () => {
  const state = new ProbeState({ periodSeconds: 1, successThreshold: 2 }, 'Readiness', 0);
  expect(state.record(ok, 0).healthy).toBe(undefined);
  expect(state.record(bad, 1000).healthy).toBe(undefined);
  expect(state.record(ok, 2000).healthy).toBe(undefined);
  expect(state.record(ok, 3000).healthy).toBe(true);
});

it('gives a liveness probe no extra attempts', () => {
  const state = new ProbeState({ periodSeconds: 2, failureThreshold: 2 }, 'Liveness', 0);
  expect(state.nextMs()).toBe(2000);
  expect(state.record(bad, 1)).toEqual({ healthy: undefined, counted: true });
  expect(state.record(bad, 2)).toEqual({ healthy: false, counted: true });
});

it('leaves its answer as it is while attempts cannot be made, and tells of one in each period', () => {
  const state = new ProbeState({ periodSeconds: 1, failureThreshold: 1 }, 'Readiness', 0);
  const errored = { ok: false, errored: true };
  expect(state.record(errored, 100)).toEqual({ healthy: undefined, counted: false });
  expect(state.record(errored, 1000)).toEqual({ healthy: undefined, counted: true });
  expect(state.record({ ok: true }, 1100)).toEqual({ healthy: true, counted: false });
  expect(state.record(errored, 2100)).toEqual({ healthy: true, counted: true });
  expect(state.record({ ok: false }, 3100)).toEqual({ healthy: false, counted: true });
});
