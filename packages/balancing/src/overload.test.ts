import { describe, expect, it } from 'vitest';
import { CONTEXT, candidate, candidates, connectAll, hostOf, mustPick, OK, tally } from '../test/hosts.js';
import { OneClient } from '../test/one-client.js';
import { parseConfig } from './config/parse.js';
import type { LoadReport, Outcome } from './contract.js';
import { createPipeline } from './pipeline.js';

// A server that refuses what it has no room for (RESOURCE_EXHAUSTED), or fails calls at once, answers faster than any other.

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

/** Endpoints of which the first `broken` end each call at once with `code`, for a client with ten calls in flight elsewhere. */
function withBroken(pick: object, { broken = 1, count = 5, code = 14, zone = {} } = {}) {
  const list = candidates(count).map((each, n) => candidate(n, { ...each, zone: n < broken ? 'a' : 'b' }));
  const keys = new Set(list.slice(0, broken).map(({ key }) => key));
  const state = { code };
  const client = new OneClient({
    config: { pick, zone },
    list,
    host: { zone: 'a' },
    report: () => ({}),
    outcome: (key) => (keys.has(key) ? { code: state.code } : {}),
    lastsMs: (key) => (keys.has(key) && state.code !== 0 ? 0 : 10),
  });
  /** The part of so many calls that the broken ones get. */
  const share = (calls: number): number => {
    client.counts.clear();
    for (let i = 0; i < calls; i++) client.step();
    return [...keys].reduce((sum, key) => sum + (client.counts.get(key) ?? 0), 0) / calls;
  };
  return { client, share, state };
}

describe('a server that fails calls at once', () => {
  describe.each([2, 3, 10])('under leastRequest with %i choices', (choiceCount) => {
    it.each([14, 8, 13, 4])(
      'draws no calls by having none in flight, when it ends them with code %i',
      (code) => {
        const { share } = withBroken({ leastRequest: { choiceCount } }, { code });
        share(200);
        const after = share(4000);
        expect(after).toBeLessThan(0.06);
        expect(after).toBeGreaterThan(0);
      },
    );
  });

  it('gets its part again within seconds of answering again', () => {
    const { share, state } = withBroken({ leastRequest: {} });
    share(1000);
    state.code = 0;
    share(5000);
    expect(share(4000)).toBeCloseTo(0.2, 1);
  });

  it('is forgiven after ten seconds without a call', () => {
    const { client, share, state } = withBroken({ leastRequest: {} });
    share(1000);
    state.code = 0;
    client.step(10_001);
    expect(share(500)).toBeGreaterThan(0.15);
  });

  it('gets its part where all fail', () => {
    const { client, share } = withBroken({ leastRequest: {} }, { broken: 5 });
    share(4000);
    for (const count of client.counts.values()) expect(Math.abs(count - 800)).toBeLessThan(120);
  });

  it('is none when its answers say something of the request', () => {
    const { share } = withBroken({ leastRequest: {} }, { code: 5 });
    // With none in flight it wins each comparison.
    expect(share(4000)).toBeCloseTo(0.4, 1);
  });

  it('loses its zone the calls that it fails, also where nobody reports', () => {
    const { share } = withBroken({ leastRequest: {} }, { broken: 2, zone: { preferZone: true } });
    share(200);
    expect(share(4000)).toBeLessThan(0.1);
  });

  it('keeps its calls when it only refuses streams', () => {
    const { client, share } = withBroken({ leastRequest: {} }, { code: 0 });
    const slot = client.pipeline.pick(CONTEXT);
    if (slot === null) throw new Error('nothing was picked');
    for (let i = 0; i < 20; i++) {
      const stream = { movable: false };
      client.pipeline.started(slot, stream);
      client.pipeline.ended(slot, { code: 8, latencyMs: 1, streaming: true }, stream);
    }
    client.pipeline.endOfTurn();
    expect(client.pipeline.inspect?.().endpoints.map(({ failing }) => failing)).toEqual([0, 0, 0, 0, 0]);
    share(100);
    expect(client.counts.get(slot.key)).toBeGreaterThan(10);
  });

  it('is shown in an inspection', () => {
    const { client, share, state } = withBroken({ leastRequest: {} });
    const failing = () => client.pipeline.inspect?.().endpoints.map((each) => each.failing);
    share(1000);
    expect(failing()?.[0]).toBeGreaterThan(0.9);
    expect(failing()?.slice(1)).toEqual([0, 0, 0, 0]);
    state.code = 0;
    client.step(10_001);
    expect(failing()?.[0]).toBe(0);
  });
});

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
