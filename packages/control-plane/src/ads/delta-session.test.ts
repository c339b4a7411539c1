import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { changedCluster, endpointsOf, putTarget } from '../../test/doubles/targets.js';
import { DeltaDiscoveryResponseSchema } from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../grpc/frame.js';
import { type ResourceType, TYPE_URLS } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { type DeltaRequest, DeltaSession } from './delta-session.js';
import type { Response } from './session.js';

function stream({ maxNames = 10, wildcard = ['a.n:1', 'b.n:1'] } = {}) {
  const snapshot = new Snapshot();
  const interests = new RecordedInterests();
  const session = new DeltaSession({ snapshot, interests, maxNames });
  for (const name of ['a.n:1', 'b.n:1']) putTarget(snapshot, name, '10.0.0.1');
  if (wildcard.length > 0) snapshot.setWildcard('cluster', wildcard);
  snapshot.subscribe((type, names) => session.changed(type, names));
  const ask = (type: ResourceType, fields: Partial<DeltaRequest> = {}) =>
    session.request({
      subscribe: [],
      unsubscribe: [],
      initialVersions: new Map(),
      nonce: '',
      ...fields,
      type,
    });
  return { snapshot, interests, session, ask };
}

const names = (response: Response | undefined): readonly string[] | undefined => response?.names;

describe('DeltaSession, subscriptions', () => {
  it.each([
    ['that it asks for', (name: string) => ({ subscribe: ['a', name] })],
    ['that it says it has', (name: string) => ({ initialVersions: new Map([[name, '1']]) })],
  ])('refuses names longer than any target has, of those %s: they are kept', (_, fields) => {
    const { interests, ask } = stream();
    expect(ask('endpoints', fields('x'.repeat(1_001)))).toEqual({
      refused: 'a name of 1001 characters: at most 1000 are accepted',
    });
    expect(interests.open).toEqual([]);
    expect(ask('endpoints', fields('x'.repeat(1_000)))).toEqual({});
  });

  it('writes what generated code reads, and nothing as removed', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1', 'c.n:1'] });
    const response = session.next('endpoints');
    const read = fromBinary(
      DeltaDiscoveryResponseSchema,
      response?.frame.subarray(HEADER_BYTES) ?? Buffer.alloc(0),
    );
    const version = snapshot.resource('endpoints', 'a.n:1')?.version;
    expect(read).toMatchObject({
      typeUrl: TYPE_URLS.endpoints,
      nonce: response?.nonce,
      removedResources: [],
    });
    expect(read.resources.map((each) => [each.name, each.version])).toEqual([['a.n:1', version]]);
  });

  it('takes a first request without names for all, of listeners and clusters alone', () => {
    const { session, ask } = stream();
    ask('cluster');
    expect(names(session.next('cluster'))).toEqual(['a.n:1', 'b.n:1']);
    ask('endpoints');
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('answers a name anew that only a wildcard stood for, when that was given up', () => {
    const { session, ask } = stream();
    ask('cluster', { subscribe: ['*', 'b.n:1'] });
    session.next('cluster');
    ask('cluster', { unsubscribe: ['*'] });
    ask('cluster', { subscribe: ['a.n:1'] });
    expect(names(session.next('cluster'))).toEqual(['a.n:1']);
    ask('cluster', { subscribe: ['*'] });
    expect(session.next('cluster')).toBeUndefined();
  });

  it('leaves a wildcard unanswered until its names are known, and answers what is named meanwhile', () => {
    const { snapshot, session, ask } = stream({ wildcard: ['a.n:1', 'c.n:1'] });
    ask('cluster', { subscribe: ['*', 'b.n:1'] });
    expect(names(session.next('cluster'))).toEqual(['b.n:1']);
    expect(session.next('cluster')).toBeUndefined();
    putTarget(snapshot, 'c.n:1', '10.0.0.1');
    expect(names(session.next('cluster'))?.toSorted()).toEqual(['a.n:1', 'c.n:1']);
  });

  it('never answers a wildcard that stands for nothing', () => {
    const { session, ask } = stream({ wildcard: [] });
    ask('cluster');
    expect(session.next('cluster')).toBeUndefined();
  });

  it('does not send what the client says that it has, and sends what differs', () => {
    const { snapshot, session, ask } = stream();
    const version = snapshot.resource('cluster', 'a.n:1')?.version ?? '';
    ask('cluster', {
      initialVersions: new Map([
        ['a.n:1', version],
        ['b.n:1', '1'],
      ]),
    });
    expect(names(session.next('cluster'))).toEqual(['b.n:1']);
  });

  it.each([
    ['is subscribed already', {}],
    ['was given up', { unsubscribe: ['a.n:1'] }],
  ])('answers a name that is asked for again when it %s', (_, between) => {
    const { session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1'] });
    session.next('endpoints');
    ask('endpoints', between);
    expect(session.next('endpoints')).toBeUndefined();
    ask('endpoints', { subscribe: ['a.n:1'] });
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });

  it('sends nothing of a name that was given up', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1', 'b.n:1'] });
    session.next('endpoints');
    ask('endpoints', { unsubscribe: ['a.n:1'] });
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    expect(session.next('endpoints')).toBeUndefined();
  });

  it('answers for a name that is given up while a wildcard still holds it', () => {
    const { session, ask } = stream();
    ask('cluster', { subscribe: ['*', 'a.n:1'] });
    session.next('cluster');
    ask('cluster', { unsubscribe: ['a.n:1'] });
    expect(names(session.next('cluster'))).toEqual(['a.n:1']);
  });

  it('sends nothing after the wildcard was given up', () => {
    const { snapshot, session, ask } = stream();
    ask('cluster', { subscribe: ['*'] });
    session.next('cluster');
    ask('cluster', { unsubscribe: ['*'] });
    snapshot.update([changedCluster('a.n:1')]);
    expect(session.next('cluster')).toBeUndefined();
  });

  it('is silent about a name that does not exist until it does', () => {
    const { snapshot, session, ask } = stream();
    snapshot.settleAbsent([{ type: 'endpoints', name: 'c.n:1' }]);
    ask('endpoints', { subscribe: ['c.n:1'] });
    expect(session.next('endpoints')).toBeUndefined();
    putTarget(snapshot, 'c.n:1', '10.0.0.1');
    expect(names(session.next('endpoints'))).toEqual(['c.n:1']);
  });

  it.each([
    ['names', { subscribe: ['a', 'b', 'c'] }],
    ['versions', { initialVersions: new Map(['a', 'b', 'c'].map((name) => [name, '1'])) }],
  ])('refuses more %s than a stream may have', (_, fields) => {
    const { ask, interests } = stream({ maxNames: 2 });
    expect(ask('endpoints', fields).refused).toBe('3 names of type endpoints: at most 2 are accepted');
    expect(interests.open).toEqual([]);
  });

  it('gives up every name when it is closed', () => {
    const { session, ask, interests } = stream();
    ask('endpoints', { subscribe: ['a.n:1'] });
    ask('cluster', { subscribe: ['a.n:1'] });
    expect(interests.open).toEqual(['cluster a.n:1', 'endpoints a.n:1']);
    session.close();
    expect(interests.open).toEqual([]);
  });
});

describe('DeltaSession, changes and answers', () => {
  it('sends only what changed, and takes no notice of the nonce', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1', 'b.n:1'] });
    session.next('endpoints');
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
    ask('endpoints', { subscribe: ['c.n:1'], nonce: 'of nobody' });
    putTarget(snapshot, 'c.n:1', '10.0.0.1');
    expect(names(session.next('endpoints'))).toEqual(['c.n:1']);
  });

  it('knows which response is refused or accepted, also when others followed', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1', 'b.n:1'] });
    const first = session.next('endpoints')?.nonce;
    snapshot.update(endpointsOf('a.n:1', '10.0.0.2'));
    const second = session.next('endpoints')?.nonce;
    expect(ask('endpoints', { nonce: second as string })).toEqual({
      accepted: { type: 'endpoints', names: ['a.n:1'] },
    });
    expect(ask('endpoints', { nonce: first as string, error: 'no' }).nack?.names).toEqual(['a.n:1', 'b.n:1']);
  });

  it('forgets the oldest responses of a client that never answers', () => {
    const { snapshot, session, ask } = stream();
    ask('endpoints', { subscribe: ['a.n:1'] });
    const first = session.next('endpoints')?.nonce as string;
    for (let n = 2; n < 40; n++) {
      snapshot.update(endpointsOf('a.n:1', `10.0.0.${n}`));
      session.next('endpoints');
    }
    expect(ask('endpoints', { nonce: first, error: 'no' }).nack).toEqual({
      type: 'endpoints',
      names: [],
      text: 'no',
    });
  });

  it('sends the endpoints of a cluster that changed along with it', () => {
    const { snapshot, session, ask } = stream();
    ask('cluster', { subscribe: ['a.n:1', 'b.n:1'] });
    ask('endpoints', { subscribe: ['a.n:1', 'b.n:1'] });
    session.next('cluster');
    session.next('endpoints');
    snapshot.update([changedCluster('a.n:1')]);
    expect(names(session.next('cluster'))).toEqual(['a.n:1']);
    expect(names(session.next('endpoints'))).toEqual(['a.n:1']);
  });
});
