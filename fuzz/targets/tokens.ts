import { accountOf } from '#discovery/kubernetes/access/in-cluster.js';
import { createAccountTokens } from '#sandbox/api/auth/account-tokens.js';
import { type Authenticator, createAuthenticator } from '#sandbox/api/auth/authenticator.js';
import { createAuthorizer } from '#sandbox/api/auth/authorizer.js';
import { bootstrapCluster, createClusterStore, systemClock } from '#sandbox/api/index.js';
import { ApiStatus } from '#sandbox/api/status.js';
import { textForm } from '../forms/text.js';
import { read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = {
  documented: (error: unknown) => error instanceof ApiStatus && [401, 403].includes(error.code),
  escapedLater: true,
  // Names may be as long as Node lets a header be.
  mostChars: 100_000,
};
/** Node takes no larger headers. */
const MOST_HEADER_CHARS = 16_000;
/** Stands for the token that the API server made of the open run. */
const TOKEN = 'TOKEN';

/** An API server's way of knowing users, with one good token of an account. */
function openAuthenticator(): { authenticator: Authenticator; token: string } {
  const store = createClusterStore({ serviceCidr: '127.99.96.0/20' });
  bootstrapCluster(store);
  store.create('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: 'default' },
  });
  const accounts = createAccountTokens(store, systemClock);
  const issued = accounts.issue({ namespace: 'default', serviceAccount: 'app' });
  return {
    authenticator: createAuthenticator(accounts, createAuthorizer(store)),
    token: issued?.token ?? '',
  };
}

/** Three lines: the header `Authorization`, the user to act as, and a change to the token: `AT PUT`. */
function judge(
  { authenticator, token }: { authenticator: Authenticator; token: string },
  text: string,
): void {
  const [header = '', user = '', change = ''] = text.slice(0, MOST_HEADER_CHARS).split('\n');
  const [, at = '0', put = ''] = /^(\d{1,4}) (.*)$/s.exec(change) ?? [];
  const changed = put === '' ? token : token.slice(0, Number(at)) + put + token.slice(Number(at) + 1);
  const authorization = header.replace(TOKEN, changed);
  const known = read(REFUSALS, () =>
    authenticator.authenticate(
      { authorization, ...(user === '' ? {} : { 'impersonate-user': user }) },
      undefined,
    ),
  );
  if (known !== undefined) {
    hold(
      /^Bearer +(\S+) *$/i.exec(authorization)?.[1] === token,
      'a token that was never issued is accepted',
    );
    hold(known.username === 'system:serviceaccount:default:app', `it is taken for ${known.username}`);
  }
  const account = accountOf(authorization.replace(/^Bearer +/i, ''));
  hold(account === undefined || /^[^:]+:[^:]+$/.test(account), `account ${account}`);
}

/** Bearer tokens and impersonation. */
export const tokens: FuzzTarget<string> = {
  name: 'tokens',
  about: 'bearer tokens: only the very one that was issued is accepted, for the account that it is of',
  form: textForm([
    'Bearer ',
    TOKEN,
    '.',
    'eyJhbGciOiJub25lIn0',
    '=',
    'system:serviceaccount:default:app',
    'system:admin',
  ]),
  seeds: () => [
    ...[
      `Bearer ${TOKEN}`,
      `Bearer ${TOKEN}\nsystem:admin`,
      `Bearer ${TOKEN}\n\n10 A`,
      `Bearer ${TOKEN}\n\n500 =`,
    ],
    `Bearer eyJhbGciOiJub25lIn0.${Buffer.from('{"sub":"system:serviceaccount:default:app"}').toString('base64url')}.`,
  ],
  open() {
    const opened = openAuthenticator();
    return { check: (text) => judge(opened, text) };
  },
};
