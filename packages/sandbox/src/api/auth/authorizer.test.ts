import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';
import { allows, createAuthorizer } from './authorizer.js';
import { bootstrapCluster } from './bootstrap.js';
import type { PolicyRule, ResourceAccess, UserInfo } from './rbac-types.js';

const SLICES: ResourceAccess = {
  verb: 'list',
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  namespace: 'ns',
};

describe('one rule', () => {
  const rule: PolicyRule = {
    verbs: ['list'],
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
  };

  it.each<[string, PolicyRule, Partial<ResourceAccess>, boolean]>([
    ['fits', rule, {}, true],
    ['another verb', rule, { verb: 'watch' }, false],
    ['another group', rule, { group: '' }, false],
    ['another resource', rule, { resource: 'pods' }, false],
    ['any verb', { ...rule, verbs: ['*'] }, { verb: 'delete' }, true],
    ['any group', { ...rule, apiGroups: ['*'] }, { group: 'x' }, true],
    ['any resource', { ...rule, resources: ['*'] }, { resource: 'x', subresource: 'status' }, true],
    ['the resource does not cover its subresource', rule, { subresource: 'status' }, false],
    ['a subresource', { ...rule, resources: ['endpointslices/status'] }, { subresource: 'status' }, true],
    ['a subresource of anything', { ...rule, resources: ['*/status'] }, { subresource: 'status' }, true],
    ['a named object', { ...rule, resourceNames: ['a'] }, { name: 'a' }, true],
    ['another name', { ...rule, resourceNames: ['a'] }, { name: 'b' }, false],
    ['no name where one is needed', { ...rule, resourceNames: ['a'] }, {}, false],
    ['an empty list of names is none', { ...rule, resourceNames: [] }, { name: 'b' }, true],
    ['a rule of paths', { verbs: ['*'], nonResourceURLs: ['*'] }, {}, false],
  ])('%s', (_what, tested, access, expected) => {
    expect(allows(tested, { ...SLICES, ...access })).toBe(expected);
  });

  it.each([
    ['/version', ['/version'], true],
    ['/version/x', ['/version'], false],
    ['/openapi/v3', ['/openapi/*'], true],
    ['/anything', ['*'], true],
  ])('path %s by %s: %s', (path, nonResourceURLs, expected) => {
    expect(allows({ verbs: ['get'], nonResourceURLs }, { verb: 'get', path })).toBe(expected);
  });
});

describe('bindings', () => {
  let store: ClusterStore;
  const account: UserInfo = { username: 'system:serviceaccount:ns:app', groups: ['system:authenticated'] };

  beforeEach(() => {
    store = createClusterStore();
    bootstrapCluster(store);
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } });
    store.create('roles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace: 'ns' },
      rules: [{ verbs: ['list'], apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] }],
    });
  });

  function bind(kind: 'RoleBinding' | 'ClusterRoleBinding', role: string, subject: object): void {
    const namespaced = kind === 'RoleBinding';
    const object: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: 'b', ...(namespaced ? { namespace: 'ns' } : {}) },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: role === 'reader' ? 'Role' : 'ClusterRole',
        name: role,
      },
      subjects: [subject],
    };
    store.create(namespaced ? 'rolebindings' : 'clusterrolebindings', object);
  }

  const APP = { kind: 'ServiceAccount', name: 'app', namespace: 'ns' };

  it('allow in their namespace only, and say by which', () => {
    bind('RoleBinding', 'reader', APP);
    const authorizer = createAuthorizer(store);
    expect(authorizer.decide(account, SLICES)).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to ServiceAccount "app/ns"',
    });
    expect(authorizer.decide(account, { ...SLICES, namespace: 'default' }).allowed).toBe(false);
    const { namespace: _, ...everywhere } = SLICES;
    expect(authorizer.decide(account, everywhere).allowed).toBe(false);
  });

  it('of a ClusterRole in a namespace stay inside it', () => {
    bind('RoleBinding', 'cluster-admin', APP);
    const authorizer = createAuthorizer(store);
    expect(authorizer.decide(account, SLICES).allowed).toBe(true);
    expect(authorizer.decide(account, { ...SLICES, namespace: 'default' }).allowed).toBe(false);
  });

  it.each([
    [{ kind: 'User', name: 'system:serviceaccount:ns:app', apiGroup: 'rbac.authorization.k8s.io' }],
    [{ kind: 'Group', name: 'system:authenticated', apiGroup: 'rbac.authorization.k8s.io' }],
  ])('name users and groups (%o)', (subject) => {
    bind('ClusterRoleBinding', 'view', subject);
    expect(createAuthorizer(store).decide(account, SLICES).allowed).toBe(true);
  });

  it('to a role that is not there allow nothing', () => {
    bind('RoleBinding', 'reader', APP);
    store.delete('roles', 'ns', 'reader');
    expect(createAuthorizer(store).decide(account, SLICES).allowed).toBe(false);
  });

  it('take effect at once, and end at once', () => {
    const authorizer = createAuthorizer(store);
    expect(authorizer.decide(account, SLICES).allowed).toBe(false);
    bind('RoleBinding', 'reader', APP);
    expect(authorizer.decide(account, SLICES).allowed).toBe(true);
    store.delete('rolebindings', 'ns', 'b');
    expect(authorizer.decide(account, SLICES).allowed).toBe(false);
  });

  it('of a new cluster let everyone discover and ask about themselves, and nothing more', () => {
    const authorizer = createAuthorizer(store);
    expect(authorizer.decide(account, { verb: 'get', path: '/apis' }).allowed).toBe(true);
    expect(authorizer.decide(account, { verb: 'get', path: '/metrics' }).allowed).toBe(false);
    const review = {
      verb: 'create',
      group: 'authorization.k8s.io',
      resource: 'selfsubjectaccessreviews',
    };
    expect(authorizer.decide(account, review).allowed).toBe(true);
    expect(authorizer.decide(account, { ...review, resource: 'subjectaccessreviews' }).allowed).toBe(false);
  });

  it('are not needed by system:masters', () => {
    for (const { metadata } of store.list('clusterrolebindings')) {
      store.delete('clusterrolebindings', undefined, metadata.name);
    }
    const admin = { username: 'admin', groups: ['system:masters'] };
    expect(createAuthorizer(store).decide(admin, SLICES).allowed).toBe(true);
  });

  it('let a node do what its agent does', () => {
    const node = { username: 'system:node:n', groups: ['system:nodes', 'system:authenticated'] };
    const authorizer = createAuthorizer(store);
    for (const [verb, group, resource, subresource] of [
      ['watch', '', 'pods', undefined],
      ['patch', '', 'pods', 'status'],
      ['create', '', 'nodes', undefined],
      ['create', '', 'serviceaccounts', 'token'],
      ['update', 'coordination.k8s.io', 'leases', undefined],
      ['create', '', 'events', undefined],
    ] as const) {
      const access = { verb, group, resource, ...(subresource ? { subresource } : {}) };
      expect(authorizer.decide(node, access), `${verb} ${resource}`).toMatchObject({ allowed: true });
    }
    expect(authorizer.decide(node, { verb: 'delete', group: 'apps', resource: 'deployments' }).allowed).toBe(
      false,
    );
  });
});
