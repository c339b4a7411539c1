import { expect, it } from 'vitest';
import { parseRequest } from './request-info.js';

it.each([
  ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods', { verb: 'list', namespace: 'ns', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods?watch=1', { verb: 'watch', namespace: 'ns', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods?watch=false', { verb: 'list', namespace: 'ns', resource: 'pods' }],
  [
    'GET',
    '/api/v1/watch/namespaces/ns/pods/p',
    { verb: 'watch', namespace: 'ns', resource: 'pods', name: 'p' },
  ],
  ['GET', '/api/v1/namespaces/ns/pods/p', { verb: 'get', namespace: 'ns', resource: 'pods', name: 'p' }],
  [
    'GET',
    '/api/v1/namespaces/ns/pods/p/log?follow=true',
    { verb: 'get', namespace: 'ns', resource: 'pods', name: 'p', subresource: 'log' },
  ],
  ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces' }],
  ['GET', '/api/v1/namespaces/ns', { verb: 'get', namespace: 'ns', resource: 'namespaces', name: 'ns' }],
  [
    'PUT',
    '/api/v1/namespaces/ns/finalize',
    { verb: 'update', namespace: 'ns', resource: 'namespaces', name: 'ns', subresource: 'finalize' },
  ],
  [
    'POST',
    '/apis/apps/v1/namespaces/ns/deployments',
    { verb: 'create', group: 'apps', resource: 'deployments' },
  ],
  ['PATCH', '/apis/apps/v1/namespaces/ns/deployments/d', { verb: 'patch', group: 'apps', name: 'd' }],
  ['DELETE', '/api/v1/namespaces/ns/pods/p', { verb: 'delete', name: 'p' }],
  ['DELETE', '/api/v1/namespaces/ns/pods', { verb: 'deletecollection' }],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dp', { verb: 'list', resource: 'pods', name: 'p' }],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dp', { verb: 'list', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods/a%2Fb', { verb: 'get', name: 'a/b' }],
])('reads %s %s', (method, url, { verb, ...expected }) => {
  const { pathname, searchParams } = new URL(url, 'http://host');
  const info = parseRequest(method, pathname, searchParams);
  expect(info?.verb).toBe(verb);
  expect(info?.resource).toMatchObject({ tooLong: false, ...expected });
  if (!('name' in expected)) expect(info?.resource?.name).toBeUndefined();
});

it.each(['/', '/version', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/openapi/v3/api/v1'])(
  '%s names no resource',
  (path) => {
    expect(parseRequest('GET', path, new URLSearchParams())).toEqual({ path, verb: 'get' });
  },
);

it('is undefined for a path that is not percent-encoded', () => {
  expect(parseRequest('GET', '/api/v1/pods/%E0%A4%A', new URLSearchParams())).toBeUndefined();
});
