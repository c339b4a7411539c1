import { describe, expect, test } from 'vitest';
import { apiPath, type PathParts } from './api-path.js';
import type { ResourceRef } from './client.js';

const pods: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const slices: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

describe('the path of a resource', () => {
  const table: [ResourceRef, PathParts, string][] = [
    [pods, {}, '/api/v1/pods'],
    [pods, { namespace: 'ns', name: 'a' }, '/api/v1/namespaces/ns/pods/a'],
    [pods, { namespace: 'ns', name: 'a', subresource: 'status' }, '/api/v1/namespaces/ns/pods/a/status'],
    [slices, { namespace: 'ns' }, '/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices'],
    [
      slices,
      { query: { limit: 5, watch: true, x: undefined } },
      '/apis/discovery.k8s.io/v1/endpointslices?limit=5&watch=true',
    ],
    [
      slices,
      { query: { labelSelector: 'a=b,c!=d' } },
      '/apis/discovery.k8s.io/v1/endpointslices?labelSelector=a%3Db%2Cc%21%3Dd',
    ],
    [pods, { namespace: 'ns', name: 'a/../b' }, '/api/v1/namespaces/ns/pods/a%2F..%2Fb'],
    [pods, { namespace: 'ns', name: 'system:x' }, '/api/v1/namespaces/ns/pods/system%3Ax'],
  ];
  test.each(table)('%j %j', (ref, parts, path) => expect(apiPath(ref, parts)).toBe(path));
});

test.each(['', '.', '..'])('refuses the name %j, which would change the path', (name) => {
  expect(() => apiPath(pods, { namespace: 'ns', name })).toThrow(`name "${name}" cannot stand in a path`);
});
