import { beforeEach, expect, it } from 'vitest';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';
import { type AccountTokens, createAccountTokens, TOKEN_ISSUER } from './account-tokens.js';
import { type Authenticator, createAuthenticator } from './authenticator.js';
import { createAuthorizer } from './authorizer.js';
import { bootstrapCluster } from './bootstrap.js';

let nowMs = 0;
const clock = { now: () => nowMs, setTimeout: () => ({ cancel() {} }) };
let store: ClusterStore;
let accounts: AccountTokens;
let authenticator: Authenticator;

beforeEach(() => {
  nowMs = Date.parse('2030-01-01T00:00:00Z');
  store = createClusterStore({ clock });
  bootstrapCluster(store);
  store.create('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: 'default' },
  });
  accounts = createAccountTokens(store, clock);
  authenticator = createAuthenticator(accounts, createAuthorizer(store));
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const APP = { namespace: 'default', serviceAccount: 'app' };
const REFUSED = expect.objectContaining({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });

function token(request: Partial<Parameters<AccountTokens['issue']>[0]> = {}): string {
  return accounts.issue({ ...APP, ...request })?.token ?? '';
}

function claims(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
}

it('knows the holder of a ServiceAccount token', () => {
  const { uid } = store.get('serviceaccounts', 'default', 'app')!.metadata;
  const text = token();
  expect(claims(text)).toMatchObject({
    iss: TOKEN_ISSUER,
    aud: [TOKEN_ISSUER],
    sub: 'system:serviceaccount:default:app',
    exp: nowMs / 1000 + 3600,
    'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'app', uid } },
  });
  expect(authenticator.authenticate(bearer(text), undefined)).toMatchObject({
    username: 'system:serviceaccount:default:app',
    uid,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  });
});

it('refuses a token once it has expired', () => {
  const text = token({ expirationSeconds: 600 });
  nowMs += 599_000;
  expect(authenticator.authenticate(bearer(text), undefined).username).toContain('app');
  nowMs += 1_000;
  expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
});

it('refuses a token for another audience, but reviews it for that audience', () => {
  const text = token({ audiences: ['vault'] });
  expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
  expect(authenticator.token(text, ['vault', 'other'])).toMatchObject({ audiences: ['vault'] });
});

it('refuses a token whose account is gone, even when one of the same name is back', () => {
  const text = token();
  store.delete('serviceaccounts', 'default', 'app');
  expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
  store.create('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: 'default' },
  });
  expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
  expect(authenticator.authenticate(bearer(token()), undefined)).toBeDefined();
});

it('ends a token with its pod', () => {
  const pod = store.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const text = token({ pod: { name: 'p', uid: pod.metadata.uid ?? '' } });
  expect(authenticator.authenticate(bearer(text), undefined).extra).toMatchObject({
    'authentication.kubernetes.io/pod-name': ['p'],
  });
  store.delete('pods', 'default', 'p');
  expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
});

it('issues nothing for an account that does not exist', () => {
  expect(accounts.issue({ ...APP, serviceAccount: 'nobody' })).toBeUndefined();
});

it.each([
  ['no credentials', {}],
  ['another scheme', { authorization: 'Basic YTpi' }],
  ['an unknown token', bearer('nothing')],
  ['an empty token', { authorization: 'Bearer ' }],
  ['three parts of nothing', bearer('a.b.c')],
])('refuses %s', (_what, headers) => {
  expect(() => authenticator.authenticate(headers, undefined)).toThrow(REFUSED);
});

it('refuses another text of the same signature', () => {
  const text = token();
  const cut = text.lastIndexOf('.') + 5;
  for (const put of ['=', '!', '\u00e9'])
    expect(authenticator.token(text.slice(0, cut) + put + text.slice(cut))).toBeUndefined();
  expect(authenticator.token(`${text}=`)).toBeUndefined();
  expect(authenticator.token(text)).toBeDefined();
});

it('refuses changed claims, another signature and an unsigned token', () => {
  const [head, , signature] = token().split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims(token()), sub: 'x' })).toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  for (const text of [`${head}.${forged}.${signature}`, `${head}.${forged}.`, `${none}.${forged}.`]) {
    expect(() => authenticator.authenticate(bearer(text), undefined)).toThrow(REFUSED);
  }
});

it('refuses tokens of another cluster', () => {
  const other = createAccountTokens(store, clock).issue(APP)?.token ?? '';
  expect(() => authenticator.authenticate(bearer(other), undefined)).toThrow(REFUSED);
});

it('takes users by random token and by certificate', () => {
  const text = authenticator.addUser({ username: 'admin', groups: ['system:masters'] });
  expect(text.length).toBeGreaterThan(40);
  const admin = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
  expect(authenticator.authenticate(bearer(text), undefined)).toEqual(admin);
  const certificate = { commonName: 'admin', organizations: ['system:masters'] };
  expect(authenticator.authenticate({}, certificate)).toEqual(admin);
});

it('lets those who may impersonate', () => {
  const admin = bearer(authenticator.addUser({ username: 'admin', groups: ['system:masters'] }));
  const as = { 'impersonate-user': 'system:serviceaccount:ns:app' };
  expect(authenticator.authenticate({ ...admin, ...as }, undefined)).toEqual({
    username: 'system:serviceaccount:ns:app',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  });
  const group = { 'impersonate-user': 'jane', 'impersonate-group': 'devs' };
  expect(authenticator.authenticate({ ...admin, ...group }, undefined).groups).toEqual([
    'devs',
    'system:authenticated',
  ]);
  expect(() => authenticator.authenticate({ ...bearer(token()), ...as }, undefined)).toThrow(
    'serviceaccounts "app" is forbidden: User "system:serviceaccount:default:app" cannot impersonate resource ' +
      '"serviceaccounts" in API group "" in the namespace "ns"',
  );
});
