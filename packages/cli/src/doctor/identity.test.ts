import { expect, it } from 'vitest';
import { accountOf, showUser } from './identity.js';

it.each([
  ['system:serviceaccount:shop:app', { namespace: 'shop', name: 'app' }],
  ['shop:app', { namespace: 'shop', name: 'app' }],
  ['jane', undefined],
  ['system:node:node-a', undefined],
  ['oidc:https://issuer#jane', undefined],
])('reads the account of %j', (user, account) => {
  expect(accountOf(user)).toEqual(account);
});

it('names accounts and people', () => {
  expect([showUser('system:serviceaccount:shop:app'), showUser('jane')]).toEqual([
    'ServiceAccount shop:app',
    'jane',
  ]);
});
