import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { endpoint } from '../../test/doubles/endpoints.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import type { ResourceType } from '../resource-type.js';
import { translateEndpoints, translateTarget } from '../translate/translate.js';
import { Snapshot } from './snapshot.js';

type News = [ResourceType, string[]];

function recorded(): { snapshot: Snapshot; news: News[] } {
  const snapshot = new Snapshot();
  const news: News[] = [];
  snapshot.subscribe((type, names) => news.push([type, [...names]]));
  return { snapshot, news };
}

const some = (name: string, ...hosts: string[]) =>
  translateEndpoints(name, { endpoints: hosts.map((host) => endpoint(host)) }).resources;

describe('Snapshot', () => {
  it('tells of what changed, clusters before routes, and only once', () => {
    const { snapshot, news } = recorded();
    const resources = [...translateTarget('a.b').resources, ...some('a.b', '10.0.0.1')];
    snapshot.update(resources);
    snapshot.update(resources);
    expect(news).toEqual([
      ['cluster', ['a.b']],
      ['endpoints', ['a.b']],
      ['route', ['a.b']],
    ]);
  });

  it('keeps the encoded bytes of a version and shares them', () => {
    const { snapshot } = recorded();
    snapshot.update(some('a', '10.0.0.1'));
    const first = snapshot.resource('endpoints', 'a');
    snapshot.update(some('a', '10.0.0.1'));
    expect(snapshot.resource('endpoints', 'a')).toBe(first);
    expect(first?.delta).toBe(first?.delta);
  });

  it('gives the same version to the same content in every replica, and after any history', () => {
    const [one, other] = [recorded().snapshot, recorded().snapshot];
    one.update(some('a', '10.0.0.1'));
    other.update(some('a', '10.0.0.2'));
    other.update(some('b', '10.0.0.3'));
    const before = other.resource('endpoints', 'a')?.version;
    other.update(some('a', '10.0.0.1'));
    const after = other.resource('endpoints', 'a')?.version;
    expect(after).toBe(one.resource('endpoints', 'a')?.version);
    expect(after).not.toBe(before);
  });

  it('writes fields that generated code reads as a resource of each protocol', () => {
    const { snapshot } = recorded();
    snapshot.update(some('a', '10.0.0.1'));
    const resource = snapshot.resource('endpoints', 'a');
    const sotw = fromBinary(DiscoveryResponseSchema, resource?.sotw ?? Buffer.alloc(0)).resources[0];
    const delta = fromBinary(DeltaDiscoveryResponseSchema, resource?.delta ?? Buffer.alloc(0)).resources[0];
    expect(sotw && anyUnpack(sotw, ClusterLoadAssignmentSchema)?.clusterName).toBe('a');
    expect(delta).toMatchObject({ name: 'a', version: resource?.version, resource: sotw });
  });

  it('holds the refusing form only of endpoints that are none', () => {
    const { snapshot } = recorded();
    snapshot.update(some('a', '10.0.0.1'));
    expect(snapshot.resource('endpoints', 'a', true)).toBe(snapshot.resource('endpoints', 'a'));
    snapshot.update(some('a'));
    const refusing = snapshot.resource('endpoints', 'a', true);
    expect(refusing?.version).not.toBe(snapshot.resource('endpoints', 'a')?.version);
  });

  it('tells "there is none" from "not known yet", and says so once', () => {
    const { snapshot, news } = recorded();
    const name = { type: 'listener', name: 'x' } as const;
    expect(snapshot.isSettled('listener', 'x')).toBe(false);
    snapshot.settleAbsent([name]);
    snapshot.settleAbsent([name]);
    expect(snapshot.isSettled('listener', 'x')).toBe(true);
    expect(snapshot.resource('listener', 'x')).toBeUndefined();
    expect(news).toEqual([['listener', ['x']]]);
    snapshot.forget([name]);
    expect(snapshot.isSettled('listener', 'x')).toBe(false);
  });

  it('has no wildcard until every name of it is settled', () => {
    const { snapshot } = recorded();
    expect(snapshot.wildcard('cluster')).toBeUndefined();
    snapshot.setWildcard('cluster', ['a.b', 'c.d']);
    snapshot.update(translateTarget('a.b').resources);
    expect(snapshot.wildcard('cluster')).toBeUndefined();
    snapshot.settleAbsent([{ type: 'cluster', name: 'c.d' }]);
    expect(snapshot.wildcard('cluster')).toEqual(new Set(['a.b', 'c.d']));
  });

  it('goes on with the other listeners after one has left', () => {
    const { snapshot, news } = recorded();
    const leave = snapshot.subscribe(() => leave());
    snapshot.update(some('a', '10.0.0.1'));
    expect(news).toHaveLength(1);
  });
});
