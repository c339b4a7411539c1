import { expect, it } from 'vitest';
import type { Context } from '../http/context.js';
import { SERVED_KINDS } from '../kinds/index.js';
import { METRICS_KINDS } from '../metrics/kinds.js';
import { discoverGroup, discoverResources, discoverRoot } from './discovery.js';

const SERVED = [...SERVED_KINDS, ...METRICS_KINDS];

function root(path: '/api' | '/apis', accept: string) {
  const services = { url: () => 'https://127.9.0.1:6443' };
  return discoverRoot({ path, headers: { accept }, services } as Context);
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface AggregatedList {
  items: { metadata: { name?: string }; versions: { version: string; resources: Resource[] }[] }[];
}

interface Group {
  name: string;
  versions: { version: string }[];
  preferredVersion: { version: string };
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
    SERVED.map((kind) => `${kind.group}/${kind.version}/${kind.resource}`).sort(),
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
  const { groups } = root('/apis', 'application/json').body as { groups: Group[] };
  const names = groups.map(({ name }) => name);
  expect(new Set(['', ...names])).toEqual(new Set(SERVED.map((kind) => kind.group)));
  const versions = groups.flatMap(({ name, versions: all }) =>
    all.map(({ version }) => [name, version] as const),
  );
  const listed = [['', 'v1'] as const, ...versions].flatMap(([group, version]) => {
    const { resources } = discoverResources(group, version).body as { resources: { name: string }[] };
    const own = resources.map(({ name }) => name).filter((name) => !name.includes('/'));
    return own.map((name) => `${group}/${version}/${name}`);
  });
  expect(listed.sort()).toEqual(
    SERVED.map((kind) => `${kind.group}/${kind.version}/${kind.resource}`).sort(),
  );
  expect(groups.find(({ name }) => name === 'autoscaling')?.preferredVersion.version).toBe('v2');
});

it('answers 404 for groups and versions that are not served', () => {
  expect(() => discoverGroup('example.com')).toThrow(expect.objectContaining({ code: 404 }));
  expect(() => discoverResources('apps', 'v2')).toThrow(expect.objectContaining({ code: 404 }));
  expect(discoverGroup('apps').body).toMatchObject({
    kind: 'APIGroup',
    preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
  });
});
