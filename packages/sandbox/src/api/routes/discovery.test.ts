import { expect, it } from 'vitest';
import type { Context } from '../http/context.js';
import { KINDS } from '../kinds/index.js';
import { discoverGroup, discoverResources, discoverRoot } from './discovery.js';

function root(path: '/api' | '/apis', accept: string) {
  const services = { url: () => 'https://127.9.0.1:6443' };
  return discoverRoot({ path, headers: { accept }, services } as Context);
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface AggregatedList {
  items: { metadata: { name?: string }; versions: { version: string; resources: Resource[] }[] }[];
}

interface Resource {
  resource: string;
  scope: string;
  responseKind: { group: string; version: string; kind: string };
  subresources?: { subresource: string; responseKind: { group: string; kind: string }; verbs: string[] }[];
}

it('describes every kind in the two aggregated documents', () => {
  const items = (['/api', '/apis'] as const).flatMap((path) => {
    const { contentType, body } = root(path, `${AGGREGATED},application/json`);
    expect(contentType).toBe(AGGREGATED);
    return (body as AggregatedList).items;
  });
  const described = items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ resource }) => `${metadata.name ?? ''}/${version}/${resource}`),
    ),
  );
  expect(described.sort()).toEqual(
    KINDS.map((kind) => `${kind.group}/${kind.version}/${kind.resource}`).sort(),
  );
});

it('says what subresources answer with', () => {
  const { items } = root('/apis', AGGREGATED).body as AggregatedList;
  const apps = items.find(({ metadata }) => metadata.name === 'apps');
  const deployments = apps?.versions[0]?.resources.find(({ resource }) => resource === 'deployments');
  expect(deployments).toMatchObject({
    scope: 'Namespaced',
    responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  });
  expect(deployments?.subresources).toContainEqual({
    subresource: 'scale',
    responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    verbs: ['get', 'patch', 'update'],
  });
});

it('describes the same kinds in the legacy documents', () => {
  expect(root('/api', 'application/json').body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  const { groups } = root('/apis', 'application/json').body as { groups: { name: string }[] };
  const names = groups.map(({ name }) => name);
  expect(new Set(['', ...names])).toEqual(new Set(KINDS.map((kind) => kind.group)));
  const listed = ['', ...names].flatMap((group) => {
    const { resources } = discoverResources(group, 'v1').body as { resources: { name: string }[] };
    return resources.map(({ name }) => name).filter((name) => !name.includes('/'));
  });
  expect(listed.sort()).toEqual(KINDS.map((kind) => kind.resource).sort());
});

it('answers 404 for groups and versions that are not served', () => {
  expect(() => discoverGroup('example.com')).toThrow(expect.objectContaining({ code: 404 }));
  expect(() => discoverResources('apps', 'v2')).toThrow(expect.objectContaining({ code: 404 }));
  expect(discoverGroup('apps').body).toMatchObject({
    kind: 'APIGroup',
    preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
  });
});
