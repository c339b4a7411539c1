import { expect, it } from 'vitest';
import { call, candidate, candidates, connectAll, hostOf, mustPick } from '../test/hosts.js';
import { parseConfig } from './config/parse.js';
import type { EndpointInspection, Pipeline } from './contract.js';
import { createPipeline } from './pipeline.js';

let nowMs = 0;

function pipelineOf(config: object): Pipeline {
  nowMs = 1000;
  return createPipeline(parseConfig(config), { ...hostOf(1), now: () => nowMs });
}

function of(pipeline: Pipeline, n: number): EndpointInspection | undefined {
  return pipeline.inspect?.().endpoints.find(({ key }) => key === candidate(n).key);
}

const NOTHING = { inFlight: 0, streams: 0, failing: 0, ejection: null, report: null };

it('says where every endpoint of the list stands, also those that get no call', () => {
  const pipeline = pipelineOf({ pick: { leastRequest: {} } });
  pipeline.update([candidate(1, { weight: 3 }), candidate(2, { ready: false, serving: false })]);
  expect(pipeline.inspect?.()).toEqual({
    policy: 'leastRequest',
    basis: null,
    endpoints: [
      { key: '10.0.0.1:80', why: 'idle', worth: 3, ...NOTHING },
      { key: '10.0.0.2:80', why: 'not-ready', worth: 0, ...NOTHING },
    ],
  });
  pipeline.connection('10.0.0.1:80', 'ready');
  pipeline.started(mustPick(pipeline));
  expect(of(pipeline, 1)).toMatchObject({ why: 'ready', inFlight: 1 });
});

it.each([
  ['consecutive-failures', 14, { consecutiveFailures: 2 }],
  ['consecutive-timeouts', 4, { consecutiveTimeouts: 2 }],
  ['success-rate', 14, { consecutiveFailures: 0, successRate: { requestVolume: 1, stdevFactor: 500 } }],
  ['failure-percentage', 14, { consecutiveFailures: 0, failurePercentage: { requestVolume: 1 } }],
])('says that %s ejected an endpoint, and until when', (cause, code, outliers) => {
  const pipeline = pipelineOf({ pick: { roundRobin: {} }, outliers: { intervalMs: 500, ...outliers } });
  connectAll(pipeline, candidates(6));
  for (let i = 0; i < 12; i++) {
    const slot = mustPick(pipeline);
    pipeline.started(slot);
    pipeline.ended(slot, { code: slot.key === candidate(3).key ? code : 0, latencyMs: 1, streaming: false });
  }
  const atOnce = cause.startsWith('consecutive');
  if (!atOnce) {
    nowMs = 1500;
    pipeline.wake();
  }
  const sinceMs = atOnce ? 1000 : 1500;
  expect(of(pipeline, 3)).toMatchObject({
    why: 'ejected',
    worth: 0,
    ejection: { cause, sinceMs, untilMs: sinceMs + 30_000 },
  });
  expect(of(pipeline, 2)).toMatchObject({ why: 'ready', ejection: null });
});

it('repeats the last load report, and says why reports do not decide', () => {
  const pipeline = pipelineOf({ pick: { loadAware: {} } });
  connectAll(pipeline, candidates(2));
  pipeline.report('10.0.0.0:80', { requestsInFlight: 7, latencyMs: 3, cpuUtilization: 0.5, rps: 10 });
  expect(of(pipeline, 0)?.report).toEqual({
    atMs: 1000,
    requestsInFlight: 7,
    latencyMs: 3,
    utilization: 0.5,
    rps: 10,
    eps: 0,
  });
  expect(pipeline.inspect?.().basis).toBe(
    'calls in flight of this client: 1 of 2 endpoints have a fresh load report, 80 % are needed',
  );
  pipeline.report('10.0.0.1:80', { requestsInFlight: 0 });
  nowMs += 100;
  pipeline.wake();
  expect(pipeline.inspect?.().basis).toBe('load reports: 2 of 2 endpoints have a fresh load report');
});

it('changes nothing: the next picks are the same as without', () => {
  const [looked, plain] = [pipelineOf({}), pipelineOf({})];
  for (const pipeline of [looked, plain]) connectAll(pipeline, candidates(5));
  for (let i = 0; i < 50; i++) {
    looked.inspect?.();
    expect(call(looked)).toBe(call(plain));
  }
});
