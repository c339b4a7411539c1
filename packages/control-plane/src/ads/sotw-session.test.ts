import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { changedCluster, endpointsOf, putTarget } from '../../test/doubles/targets.js';
import { DiscoveryResponseSchema } from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../grpc/frame.js';
import { PUSH_ORDER, type ResourceType, TYPE_URLS } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { Response } from './session.js';
import { SotwSession } from './sotw-session.js';

/** One stream on a snapshot that has the targets a and b. */
function stream({ maxNames = 10, targets = ['a.n:1', 'b.n:1'] } = {}) {
  const snapshot = new Snapshot();
  const interests = new RecordedInterests();
  const session = new SotwSession({ snapshot, interests, maxNames });
  for (const name of targets) putTarget(snapshot, name, '10.0.0.1');
  snapshot.subscribe((type, names) => session.changed(type, names));
  const ask = (type: ResourceType, names: string[], nonce = '', error?: string) =>
    session.request({ type, names, nonce, error });
  return { snapshot, interests, session, ask };
}

const names = (response: Response | undefined): readonly string[] | undefined => response?.names;

describe('SotwSession, subscriptions', () => {
  it('refuses names longer than any target has: they are kept', () => {
    const { interests, ask } = stream();
    expect(ask('endpoints', ['a', 'x'.repeat(1_001)])).toEqual({
      refused: 'a name of 1001 characters: at most 1000 are accepted',
    });
    expect(interests.open).toEqual([]);
  });

  it('does not lose a change of a name that is given up beside a wildcard', () => {
    const { snapshot, session, ask } = stream();
    snapshot.setWildcard('cluster', ['a.n:1', 'b.n:1']);
    ask('cluster', ['*', 'a.n:1']);
    const first = session.next('cluster');
    snapshot.update([changedCluster('a.n:1')]);
    ask('cluster', ['*'], first?.nonce);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
    expect(session.next('cluster')).toBeUndefined();
  });

  it('counts a name as often as it is written, because the list is kept as it came', () => {
    const { ask } = stream({ maxNames: 2 });
    expect(ask('endpoints', ['a', 'a', 'a']).refused).toBe(
      '3 names of type endpoints: at most 2 are accepted',
    );
  });

  it.each(PUSH_ORDER)('answers names of type %s with what there is', (type) => {
    const { session, ask } = stream();
    ask(type, ['a.n:1']);
    const response = session.next(type);
    const read = fromBinary(
      DiscoveryResponseSchema,
      response?.frame.subarray(HEADER_BYTES) ?? Buffer.alloc(0),
    );
    expect(read.resources.map((each) => each.typeUrl)).toEqual([TYPE_URLS[type]]);
    expect(read).toMatchObject({ typeUrl: TYPE_URLS[type], nonce: response?.nonce });
    expect(read.versionInfo).toMatch(/^[0-9a-f]{16}$/);
    expect(session.next(type)).toBeUndefined();
  });

  it.each(['listener', 'cluster'] as const)('answers a further %s with all that are subscribed', (type) => {
    const { session, ask } = stream();
    ask(type, ['a.n:1']);
    const first = session.next(type);
    ask(type, ['a.n:1', 'b.n:1'], first?.nonce);
    expect(names(session.next(type))).toEqual(['a.n:1', 'b.n:1']);
  });

  it.each(['route', 'endpoints'] as const)('answers further %s with those alone', (type) => {
    const { session, ask } = stream();
    ask(type, ['a.n:1']);
    const first = session.next(type);
    ask(type, ['a.n:1', 'b.n:1'], first?.nonce);
    expect(names(session.next(type))).toEqual(['b.n:1']);
  });

  it('answers names that were added before the first response came', () => {
    const { session, ask } = stream();
    ask('cluster', ['a.n:1']);
    ask('cluster', ['a.n:1', 'b.n:1']);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
  });

  it('answers the first request of a stream whatever version and nonce it brings along', () => {
    const { session, ask } = stream();
    ask('endpoints', ['a.n:1'], '17');
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('answers a name that is asked for again on the same stream, with the old nonce', () => {
    const { session, ask } = stream();
    ask('endpoints', ['a.n:1']);
    const nonce = session.next('endpoints')?.nonce;
    ask('endpoints', ['a.n:1'], nonce);
    ask('endpoints', [], nonce);
    expect(session.next('endpoints')).toBeUndefined();
    ask('endpoints', ['a.n:1'], nonce);
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('sends nothing of names that were given up', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1', 'b.n:1']);
    const nonce = session.next('endpoints')?.nonce;
    ask('endpoints', ['b.n:1'], nonce);
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('takes no names for all only until a name was given', () => {
    const { snapshot, session, ask } = stream();
    snapshot.setWildcard('cluster', ['a.n:1', 'b.n:1']);
    ask('cluster', []);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
    const named = stream();
    named.snapshot.setWildcard('cluster', ['a.n:1', 'b.n:1']);
    named.ask('cluster', ['a.n:1']);
    const nonce = named.session.next('cluster')?.nonce;
    named.ask('cluster', [], nonce);
    named.snapshot.update([changedCluster('a.n:1')]);
    expect(named.session.next('cluster')).toBeUndefined();
  });

  it('never takes no endpoints for all of them', () => {
    const { snapshot, session, ask } = stream();
    snapshot.setWildcard('endpoints', ['a.n:1']);
    ask('endpoints', []);
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('understands "*" beside names', () => {
    const { snapshot, session, ask } = stream();
    snapshot.setWildcard('cluster', ['b.n:1']);
    ask('cluster', ['*', 'a.n:1']);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
  });

  it('leaves a wildcard unanswered until all of its names are known', () => {
    const { snapshot, session, ask } = stream();
    snapshot.setWildcard('cluster', ['a.n:1', 'c.n:1']);
    ask('cluster', []);
    expect(session.next('cluster')).toBeUndefined();
    putTarget(snapshot, 'c.n:1', '10.0.0.1');
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'c.n:1']);
  });

  it('refuses more names than a stream may have, and keeps those it had', () => {
    const { session, ask, interests } = stream({ maxNames: 2 });
    ask('endpoints', ['a.n:1']);
    expect(ask('endpoints', ['a', 'b', 'c']).refused).toBe(
      '3 names of type endpoints: at most 2 are accepted',
    );
    expect(interests.open).toEqual(['endpoints a.n:1']);
    session.close();
    expect(interests.open).toEqual([]);
  });
});

describe('SotwSession, names that are not there', () => {
  it('is silent about a name that does not exist until it does', () => {
    const { snapshot, session, ask } = stream();
    snapshot.settleAbsent([{ type: 'listener', name: 'c.n:1' }]);
    ask('listener', ['c.n:1']);
    expect(session.next('listener')).toBeUndefined();
    putTarget(snapshot, 'c.n:1', '10.0.0.1');
    expect(names(session.next('listener'))).toEqual(['c.n:1']);
  });

  it('answers the others while one does not exist', () => {
    const { snapshot, session, ask } = stream();
    snapshot.settleAbsent([{ type: 'listener', name: 'c.n:1' }]);
    ask('listener', ['a.n:1', 'c.n:1']);
    expect(names(session.next('listener'))).toEqual(['a.n:1']);
  });

  it('holds listeners and clusters back while it is not known whether one of them exists', () => {
    const { snapshot, session, ask } = stream();
    ask('cluster', ['a.n:1', 'c.n:1']);
    expect(session.next('cluster')).toBeUndefined();
    snapshot.settleAbsent([{ type: 'cluster', name: 'c.n:1' }]);
    expect(names(session.next('cluster'))).toEqual(['a.n:1']);
  });

  it('does not hold back endpoints for others that are not known', () => {
    const { session, ask } = stream();
    ask('endpoints', ['a.n:1', 'c.n:1']);
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('does not answer again when a name turns out not to exist', () => {
    const { snapshot, session, ask } = stream();
    ask('listener', ['a.n:1']);
    const nonce = session.next('listener')?.nonce;
    ask('listener', ['a.n:1', 'c.n:1'], nonce);
    snapshot.settleAbsent([{ type: 'listener', name: 'c.n:1' }]);
    expect(session.next('listener')).toBeUndefined();
  });
});

describe('SotwSession, changes and answers', () => {
  it('sends the newest of several changes, and nothing when one was taken back', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1', 'b.n:1']);
    session.next('endpoints');
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    snapshot.update(endpointsOf('b.n:1', '10.0.0.2'));
    snapshot.update(endpointsOf('b.n:1', '10.0.0.1'));
    snapshot.update(endpointsOf('a.n:1', '10.0.0.3'));
    const response = session.next('endpoints');
    expect(names(response)).toEqual(['a.n:1']);
    expect(response?.frame.includes('10.0.0.3')).toBe(true);
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('sends changes although earlier responses are not answered', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1']);
    session.next('endpoints');
    for (const host of ['10.0.0.2', '10.0.0.3']) {
      snapshot.update(endpointsOf('a.n:1', host));
      expect(session.next('endpoints')?.frame.includes(host)).toBe(true);
    }
  });

  it('says nothing to an answer', () => {
    const { session, ask } = stream();
    ask('endpoints', ['a.n:1']);
    const nonce = session.next('endpoints')?.nonce;
    expect(ask('endpoints', ['a.n:1'], nonce)).toEqual({
      accepted: { type: 'endpoints', names: ['a.n:1'] },
    });
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('accepts nothing by an answer to a response that another one overtook', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1']);
    const old = session.next('endpoints')?.nonce;
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    session.next('endpoints');
    expect(ask('endpoints', ['a.n:1'], old)).toEqual({});
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('learns from such an answer that a name was given up and is wanted again', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1', 'b.n:1']);
    const old = session.next('endpoints')?.nonce;
    snapshot.update(endpointsOf('b.n:1', '10.0.0.2'));
    const newer = session.next('endpoints')?.nonce;
    ask('endpoints', ['b.n:1'], old);
    ask('endpoints', ['a.n:1', 'b.n:1'], newer);
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('hands out a refusal with the names that its text holds, and does not send the refused again', () => {
    const { snapshot, session, ask } = stream();
    ask('cluster', ['a.n:1', 'b.n:1']);
    const nonce = session.next('cluster')?.nonce;
    expect(ask('cluster', ['a.n:1', 'b.n:1'], nonce, 'b.n:1: no such policy').nack).toEqual({
      type: 'cluster',
      names: ['b.n:1'],
      text: 'b.n:1: no such policy',
    });
    expect(session.next('cluster')).toBeUndefined();
    snapshot.update([changedCluster('b.n:1')]);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
  });

  it('takes a refusal without names for all that was sent, and cuts its text', () => {
    const { session, ask } = stream();
    ask('cluster', ['a.n:1', 'b.n:1']);
    const { nack } = ask('cluster', ['a.n:1', 'b.n:1'], session.next('cluster')?.nonce, 'x'.repeat(9_999));
    expect(nack?.names).toEqual(['a.n:1', 'b.n:1']);
    expect(nack?.text.length).toBeLessThanOrEqual(1_000);
  });

  it('keeps a late refusal although the response was overtaken', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', ['a.n:1']);
    const old = session.next('endpoints')?.nonce;
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    session.next('endpoints');
    expect(ask('endpoints', ['a.n:1'], old, 'bad').nack).toEqual({
      type: 'endpoints',
      names: [],
      text: 'bad',
    });
  });
});

describe('SotwSession, a cluster that changes', () => {
  /** A client that holds the cluster and the endpoints of a and b, and has accepted them. */
  function warm() {
    const all = stream();
    const ids = ['a.n:1', 'b.n:1'];
    all.ask('cluster', ids);
    all.ask('cluster', ids, all.session.next('cluster')?.nonce);
    all.ask('endpoints', ids);
    const nonce = all.session.next('endpoints')?.nonce;
    all.ask('endpoints', ids, nonce);
    return { ...all, ids, nonce };
  }

  it('is followed by its endpoints, and by no others', () => {
    const { snapshot, session } = warm();
    snapshot.update([changedCluster('a.n:1')]);
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('lets a client ask for the endpoints again by the nonce that it accepted, once', () => {
    const { snapshot, session, ask, ids } = warm();
    snapshot.update([changedCluster('a.n:1')]);
    session.next('cluster');
    const pushed = session.next('endpoints')?.nonce;
    ask('endpoints', ids, pushed);
    expect(session.next('endpoints')).toBeUndefined();
    ask('endpoints', ids, pushed);
    const again = session.next('endpoints');
    expect(names(again)).toEqual(ids);
    ask('endpoints', ids, again?.nonce);
    ask('endpoints', ids, again?.nonce);
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('is not needed for endpoints that change', () => {
    const { snapshot, session, ask, ids, nonce } = warm();
    snapshot.update(endpointsOf('a.n:1', '10.0.0.9'));
    expect(session.next('cluster')).toBeUndefined();
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
    expect(ask('endpoints', ids, nonce)).toEqual({});
  });
});

describe('SotwSession, clients that keep their last endpoints', () => {
  it('get one that refuses connections when there is none', () => {
    const { snapshot, session, ask } = stream();
    session.useRefusing();
    ask('endpoints', ['a.n:1']);
    expect(session.next('endpoints')?.frame.includes('10.0.0.1')).toBe(true);
    snapshot.update(endpointsOf('a.n:1'));
    expect(session.next('endpoints')?.frame.includes('127.0.0.1')).toBe(true);
  });
});
