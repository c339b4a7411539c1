import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { macrotask, VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { endpointsOf, putTarget } from '../../test/doubles/targets.js';
import { DiscoveryResponseSchema } from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../grpc/frame.js';
import { PUSH_ORDER, TYPE_URLS } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { ClientNode } from './client-node.js';
import { createEndOfTurn } from './end-of-turn.js';
import type { Nack } from './session.js';
import { type SotwRequest, SotwSession } from './sotw-session.js';
import { AdsStream, type Wire } from './stream.js';
import { Tally } from './tally.js';

const WINDOW_MS = 10;
const GO: ClientNode = { id: 'n1', agent: 'gRPC Go', agentVersion: '1.85.0' };

/** A stream whose client reads, unless it is told not to. */
function open({ reads = true, requestRate = { perSecond: 100, burst: 100 } } = {}) {
  const clock = new VirtualClock();
  const snapshot = new Snapshot();
  const interests = new RecordedInterests();
  const written: Buffer[] = [];
  const unread: (() => void)[] = [];
  const told: string[] = [];
  const nacks: Nack[] = [];
  const tally = new Tally();
  const session = new SotwSession({ snapshot, interests, maxNames: 100 });
  const wire: Wire = {
    write(bytes, done) {
      written.push(bytes);
      if (reads) queueMicrotask(done);
      else unread.push(done);
    },
    end: (refusal) => told.push(`end ${refusal ?? 'OK'}`),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  };
  const stream = new AdsStream<SotwRequest>(session, wire, {
    tally,
    clock,
    windowMs: WINDOW_MS,
    requestRate,
    endOfTurn: createEndOfTurn(),
    nacked: (nack) => nacks.push(nack),
  });
  snapshot.subscribe((type, names, changedAtMs) => stream.changed(type, names, changedAtMs));
  for (const name of ['a.n:1', 'b.n:1', 'c.n:1']) putTarget(snapshot, name, '10.0.0.1');
  const ask = (type: SotwRequest['type'], names: string[], more: Partial<SotwRequest> = {}, node = GO) =>
    stream.request({ type, names, nonce: '', ...more }, () => node);
  const askOther = (node = GO) => stream.request(undefined, () => node);
  return { clock, snapshot, interests, written, unread, told, nacks, stream, ask, askOther, tally };
}

/** The nonce of the last response. */
const nonceOf = (written: readonly Buffer[]): string =>
  fromBinary(DiscoveryResponseSchema, written.at(-1)?.subarray(HEADER_BYTES) ?? Buffer.alloc(0)).nonce;
const holds = (bytes: Buffer | undefined, ...texts: string[]) => texts.map((text) => bytes?.includes(text));

describe('AdsStream', () => {
  it('answers the first request at once', async () => {
    const { written, ask } = open();
    ask('cluster', ['a.n:1']);
    await macrotask();
    expect(written).toHaveLength(1);
  });

  it('answers names that come one by one together, at the end of a window', async () => {
    const { clock, written, ask } = open();
    ask('cluster', ['a.n:1']);
    await macrotask();
    ask('cluster', ['a.n:1', 'b.n:1'], { nonce: '1' });
    await clock.advance(WINDOW_MS - 1);
    ask('cluster', ['a.n:1', 'b.n:1', 'c.n:1'], { nonce: '1' });
    await macrotask();
    expect(written).toHaveLength(1);
    await clock.advance(1);
    expect(written).toHaveLength(2);
    expect(holds(written[1], 'b.n:1', 'c.n:1')).toEqual([true, true]);
  });

  it('sends the first of many changes at once, and the newest of the others in the next window', async () => {
    const { clock, snapshot, written, ask } = open();
    ask('endpoints', ['a.n:1']);
    await clock.advance(WINDOW_MS);
    for (let n = 2; n <= 9; n++) {
      snapshot.update(endpointsOf('a.n:1', `10.0.0.${n}`));
      await macrotask();
    }
    expect(written).toHaveLength(2);
    expect(holds(written[1], '10.0.0.2')).toEqual([true]);
    await clock.advance(WINDOW_MS);
    expect(written).toHaveLength(3);
    expect(holds(written[2], '10.0.0.9')).toEqual([true]);
    expect(clock.pending).toBe(0);
  });

  it('sends what changes in one turn together', async () => {
    const { snapshot, written, ask } = open();
    ask('endpoints', ['a.n:1', 'b.n:1']);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.7'));
    snapshot.update(endpointsOf('b.n:1', '10.0.0.8'));
    await macrotask();
    expect(written).toHaveLength(1);
    expect(holds(written[0], '10.0.0.7', '10.0.0.8')).toEqual([true, true]);
  });

  it('sends clusters before endpoints, listeners and routes', async () => {
    const { written, ask } = open();
    for (const type of ['route', 'listener', 'endpoints', 'cluster'] as const) ask(type, ['a.n:1']);
    await macrotask();
    const seen = written.map((bytes) => PUSH_ORDER.filter((type) => bytes.includes(TYPE_URLS[type])));
    expect(seen).toEqual([['cluster'], ['endpoints'], ['listener'], ['route']]);
  });

  it('holds one response for a client that does not read, and sends the newest when it does', async () => {
    const { clock, snapshot, written, unread, ask } = open({ reads: false });
    ask('endpoints', ['a.n:1', 'b.n:1']);
    for (let n = 2; n <= 99; n++) {
      snapshot.update(endpointsOf('a.n:1', `10.0.1.${n}`));
      await clock.advance(WINDOW_MS);
    }
    expect(written).toHaveLength(1);
    unread.shift()?.();
    await macrotask();
    expect(written).toHaveLength(2);
    expect(holds(written[1], '10.0.1.99', '10.0.1.98', 'b.n:1')).toEqual([true, false, false]);
  });

  it('reads a client that asks too fast more slowly, and does not end it', async () => {
    const { clock, told, ask } = open({ requestRate: { perSecond: 10, burst: 5 } });
    for (let n = 0; n < 7; n++) ask('endpoints', ['a.n:1']);
    expect(told).toEqual(['pause']);
    await clock.advance(199);
    expect(told).toEqual(['pause', 'resume']);
  });

  it('counts requests for types that are not served, and takes from them who the client is', async () => {
    const { told, written, stream, ask, askOther } = open({ requestRate: { perSecond: 10, burst: 5 } });
    askOther();
    for (let n = 0; n < 4; n++) askOther({ id: '', agent: '', agentVersion: '' });
    expect([stream.node, told]).toEqual([GO, []]);
    askOther();
    expect(told).toEqual(['pause']);
    ask('endpoints', ['a.n:1']);
    await macrotask();
    expect(written).toHaveLength(1);
  });

  it('ends a client that wants too many names, and gives up what it had', async () => {
    const { told, interests, ask } = open();
    ask('endpoints', ['a.n:1']);
    ask(
      'endpoints',
      Array.from({ length: 101 }, (_, n) => `x${n}`),
    );
    expect(told).toEqual(['end 101 names of type endpoints: at most 100 are accepted']);
    expect(interests.open).toEqual([]);
  });

  it('keeps what a client refuses until that is accepted', async () => {
    const { clock, snapshot, written, nacks, stream, ask } = open();
    ask('endpoints', ['a.n:1']);
    await macrotask();
    const refusal = { nonce: nonceOf(written), error: 'a.n:1 is bad' };
    for (let n = 0; n < 2; n++) ask('endpoints', ['a.n:1'], refusal);
    const since = { sinceMs: clock.now(), count: 2 };
    expect(stream.refusals).toEqual([{ type: 'endpoints', name: 'a.n:1', text: 'a.n:1 is bad', ...since }]);
    expect(nacks).toHaveLength(2);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    await clock.advance(WINDOW_MS);
    ask('endpoints', ['a.n:1'], { nonce: nonceOf(written) });
    expect(stream.refusals).toEqual([]);
  });

  it('measures from the oldest change that a response holds to its acceptance, and nothing else', async () => {
    const { clock, snapshot, written, tally, stream, ask } = open();
    ask('endpoints', ['a.n:1']);
    await macrotask();
    ask('endpoints', ['a.n:1'], { nonce: nonceOf(written) });
    expect([tally.ageSumMs, tally.responses.endpoints]).toEqual([0, 1]);
    const changedAtMs = clock.now();
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'), changedAtMs);
    await clock.advance(4);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.3'), clock.now());
    snapshot.update(endpointsOf('b.n:1', '10.0.0.3'), 0);
    await clock.advance(WINDOW_MS);
    expect(stream.held()).toMatchObject([{ type: 'endpoints', accepted: false }]);
    ask('endpoints', ['a.n:1'], { nonce: nonceOf(written) });
    expect(tally.ageSumMs).toBe(clock.now() - changedAtMs);
    expect(tally.ages.reduce((sum, count) => sum + count)).toBe(1);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.4'), clock.now());
    await clock.advance(WINDOW_MS);
    ask('endpoints', ['a.n:1'], { nonce: nonceOf(written), error: 'no' });
    ask('endpoints', ['a.n:1'], { nonce: nonceOf(written) });
    expect(tally.ages.reduce((sum, count) => sum + count)).toBe(1);
    const version = snapshot.resource('endpoints', 'a.n:1')?.version;
    expect([...(stream.held()[0]?.versions ?? [])]).toEqual([['a.n:1', version]]);
  });

  it('sends a client that keeps its last endpoints one that refuses, by what its first request says', async () => {
    const { snapshot, written, stream, ask } = open();
    snapshot.update(endpointsOf('a.n:1'));
    ask('endpoints', ['a.n:1'], {}, { ...GO, agent: 'gRPC Java', agentVersion: '1.85.1' });
    await macrotask();
    expect(holds(written[0], '127.0.0.1')).toEqual([true]);
    ask('endpoints', ['a.n:1'], { nonce: '1' }, { ...GO, id: '' });
    expect(stream.node?.agent).toBe('gRPC Java');
  });

  it('says nothing and holds no timer after its end', async () => {
    const { clock, snapshot, written, told, stream, ask } = open();
    ask('endpoints', ['a.n:1']);
    await macrotask();
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    await macrotask();
    expect(clock.pending).toBe(1);
    stream.end();
    stream.end();
    ask('endpoints', ['b.n:1']);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.3'));
    await clock.advance(1_000);
    expect([written.length, clock.pending, told]).toEqual([1, 0, ['end OK']]);
  });
});
