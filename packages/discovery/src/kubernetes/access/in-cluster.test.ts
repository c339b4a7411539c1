import { expect, test } from 'vitest';
import { accountOf } from './in-cluster.js';

const token = (claims: unknown): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

test.each([
  [token({ sub: 'system:serviceaccount:ns:app' }), 'ns:app'],
  [token({ sub: 'alice' }), undefined],
  [token({}), undefined],
  [token(null), undefined],
  ['opaque', undefined],
  ['a.b.c', undefined],
])('the account of a token (%#)', (text, account) => expect(accountOf(text)).toBe(account));
