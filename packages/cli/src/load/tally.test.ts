import { expect, it } from 'vitest';
import { createTally } from './tally.js';

const name = (code: number): string => (code === 0 ? 'OK' : 'UNAVAILABLE');

it('counts calls by status and endpoint and keeps the pod names', () => {
  const tally = createTally((address) => (address === '10.0.0.1:1' ? 'pod-a' : null), name);
  tally.add({ code: 0, peer: '10.0.0.1:1', latencyMs: 2, messages: 3 });
  tally.add({ code: 14, peer: '10.0.0.1:1', latencyMs: 4, details: 'Connection dropped' });
  tally.add({ code: 14, peer: undefined, latencyMs: 1, details: 'no ready endpoint' });
  const report = tally.report();
  expect(report).toMatchObject({
    calls: 3,
    ok: 1,
    failed: 2,
    messages: 3,
    byStatus: { OK: 1, UNAVAILABLE: 2 },
    byEndpoint: {
      '10.0.0.1:1': { pod: 'pod-a', calls: 2, failed: 1 },
      '-': { pod: null, calls: 1, failed: 1 },
    },
  });
  expect(report.latencyMs.max).toBeCloseTo(4, 1);
  expect(tally.reasons()).toEqual({ UNAVAILABLE: 'no ready endpoint' });
});

it('reports zeros when nothing was called', () => {
  expect(createTally(() => null, name).report()).toMatchObject({
    calls: 0,
    failed: 0,
    latencyMs: { p50: 0, max: 0 },
  });
});
