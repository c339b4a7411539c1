import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, configMap, MAPS, pod, startApi } from './api-rig.js';

let rig: ApiRig;
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/nspace/endpointslices';

beforeAll(async () => {
  rig = await startApi();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'nspace' } };
  await rig.call('POST', '/api/v1/namespaces', { body: namespace });
  for (const name of ['app', 'nobody']) {
    await rig.call('POST', '/api/v1/namespaces/nspace/serviceaccounts', {
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    });
  }
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/nspace';
  await rig.call('POST', `${rbac}/roles`, {
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] }],
    },
  });
  await rig.call('POST', `${rbac}/rolebindings`, {
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'app', namespace: 'nspace' }],
    },
  });
});
afterAll(() => rig.close());

function recorded(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8'));
}

function requestToken(account: string, spec: object = {}) {
  return rig.call('POST', `/api/v1/namespaces/nspace/serviceaccounts/${account}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  });
}

async function tokenOf(account: string): Promise<string> {
  return (await requestToken(account)).json.status.token;
}

describe('credentials', () => {
  it.each([['bad'], [null]])('%s are refused as real Kubernetes refuses them', async (token) => {
    const reply = await rig.call('GET', SLICES, { token });
    expect(reply.status).toBe(401);
    expect(reply.json).toEqual(recorded('list-401'));
  });

  it('may be a client certificate', async () => {
    const certificate = rig.ca.issue({
      commonName: 'jane',
      organizations: ['system:masters'],
      usage: 'client',
    });
    expect((await rig.call('GET', SLICES, { certificate })).status).toBe(200);
    const powerless = rig.ca.issue({ commonName: 'joe', usage: 'client' });
    const refused = await rig.call('GET', SLICES, { certificate: powerless });
    expect(refused.json.message).toContain('User "joe" cannot list resource "endpointslices"');
  });

  it('by a certificate of another authority are none', async () => {
    const { createCertificateAuthority } = await import('../src/api/index.js');
    const certificate = createCertificateAuthority().issue({
      commonName: 'jane',
      organizations: ['system:masters'],
      usage: 'client',
    });
    expect((await rig.call('GET', SLICES, { certificate })).status).toBe(401);
  });
});

describe('a ServiceAccount', () => {
  it('without rights is refused as real Kubernetes refuses it', async () => {
    const reply = await rig.call('GET', SLICES, { token: await tokenOf('nobody') });
    expect(reply.status).toBe(403);
    expect(reply.json).toEqual(recorded('list-403'));
    expect(Object.keys(reply.json)).toEqual(Object.keys(recorded('list-403') as object));
  });

  it('with a role may do what that says, where it says', async () => {
    const token = await tokenOf('app');
    expect((await rig.call('GET', SLICES, { token })).status).toBe(200);
    const watching = await rig.watch(`${SLICES}?watch=1`, { token });
    expect(watching.response.statusCode).toBe(200);
    watching.close();
    const everywhere = await rig.call('GET', '/apis/discovery.k8s.io/v1/endpointslices', { token });
    expect(everywhere.json.message).toBe(
      'endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:nspace:app" cannot list resource ' +
        '"endpointslices" in API group "discovery.k8s.io" at the cluster scope',
    );
    const log = await rig.call('GET', '/api/v1/namespaces/nspace/pods/p/log', { token });
    expect(log.json.message).toBe(
      'pods "p" is forbidden: User "system:serviceaccount:nspace:app" cannot get resource "pods/log" in API group ' +
        '"" in the namespace "nspace"',
    );
    const path = await rig.call('GET', '/metrics', { token });
    expect(path.json).toMatchObject({
      code: 403,
      message: 'forbidden: User "system:serviceaccount:nspace:app" cannot get path "/metrics"',
    });
  });

  it('is refused before it learns whether a resource exists', async () => {
    const reply = await rig.call('GET', '/api/v1/widgets', { token: await tokenOf('nobody') });
    expect(reply.status).toBe(403);
  });
});

describe('TokenRequest', () => {
  it('gives a token for the asked time and audience', async () => {
    const { json, status } = await requestToken('app', { audiences: ['vault'], expirationSeconds: 700 });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      kind: 'TokenRequest',
      spec: { audiences: ['vault'], expirationSeconds: 700 },
      status: { token: expect.any(String), expirationTimestamp: expect.any(String) },
    });
    expect((await rig.call('GET', SLICES, { token: json.status.token })).status).toBe(401);
  });

  it('binds a token to a pod', async () => {
    const body = pod('p', { serviceAccountName: 'app' });
    const pods = '/api/v1/namespaces/nspace/pods';
    const created = await rig.call('POST', pods, { body: { ...body, metadata: { name: 'p' } } });
    const { uid } = created.json.metadata;
    const reference = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid };
    const bound = await requestToken('app', { boundObjectRef: reference });
    const { token } = bound.json.status;
    expect((await rig.call('GET', SLICES, { token })).status).toBe(200);
    expect((await requestToken('nobody', { boundObjectRef: reference })).json.message).toMatch(
      /different serviceaccount name/,
    );
    const stale = await requestToken('app', { boundObjectRef: { ...reference, uid: 'x' } });
    expect(stale.status).toBe(409);
    await rig.call('DELETE', `${pods}/p`);
    expect((await rig.call('GET', SLICES, { token })).status).toBe(401);
    expect((await requestToken('app', { boundObjectRef: reference })).status).toBe(404);
  });

  it('refuses what it cannot give', async () => {
    const short = await requestToken('app', { expirationSeconds: 60 });
    expect(short.json).toMatchObject({
      code: 422,
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: ' +
        'may not specify a duration less than 10 minutes',
    });
    expect((await requestToken('ghost')).json).toMatchObject({
      code: 404,
      message: 'serviceaccounts "ghost" not found',
    });
  });
});

describe('reviews', () => {
  async function ask(kind: string, spec: object, token?: string, group = 'authorization') {
    const reply = await rig.call('POST', `/apis/${group}.k8s.io/v1/${kind.toLowerCase()}s`, {
      body: { apiVersion: `${group}.k8s.io/v1`, kind, spec },
      ...(token ? { token } : {}),
    });
    expect(reply.status).toBe(201);
    return reply.json.status;
  }

  const LIST = { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices', namespace: 'nspace' };

  it('tell an account what it may do', async () => {
    const token = await tokenOf('app');
    expect(await ask('SelfSubjectAccessReview', { resourceAttributes: LIST }, token)).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "reader/nspace" of Role "reader" to ServiceAccount "app/nspace"',
    });
    const watchPods = { ...LIST, group: '', resource: 'pods' };
    expect(await ask('SelfSubjectAccessReview', { resourceAttributes: watchPods }, token)).toEqual({
      allowed: false,
    });
    const path = { nonResourceAttributes: { path: '/version', verb: 'get' } };
    expect(await ask('SelfSubjectAccessReview', path, token)).toMatchObject({ allowed: true });
    const rules = await ask('SelfSubjectRulesReview', { namespace: 'nspace' }, token);
    expect(rules.resourceRules).toContainEqual({
      verbs: ['list', 'watch'],
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
    });
  });

  it('tell an administrator about others', async () => {
    const user = 'system:serviceaccount:nspace:nobody';
    expect(await ask('SubjectAccessReview', { user, resourceAttributes: LIST })).toEqual({ allowed: false });
    const token = await tokenOf('app');
    const found = await ask('TokenReview', { token }, undefined, 'authentication');
    expect(found).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:nspace:app' },
    });
    const bad = await ask('TokenReview', { token: 'bad' }, undefined, 'authentication');
    expect(bad.authenticated).toBeUndefined();
    const me = await ask('SelfSubjectReview', {}, undefined, 'authentication');
    expect(me.userInfo).toEqual({ username: 'admin', groups: ['system:masters', 'system:authenticated'] });
  });

  it('refuse a question that is none', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {} };
    expect((await rig.call('POST', path, { body })).json).toMatchObject({
      code: 422,
      message: expect.stringContaining('exactly one of nonResourceAttributes or resourceAttributes'),
    });
    expect((await rig.call('GET', path)).status).toBe(405);
  });
});

it('lets an administrator act as another', async () => {
  const headers = { 'impersonate-user': 'system:serviceaccount:nspace:app' };
  expect((await rig.call('GET', SLICES, { headers })).status).toBe(200);
  expect((await rig.call('POST', MAPS, { headers, body: configMap('a') })).status).toBe(403);
});
