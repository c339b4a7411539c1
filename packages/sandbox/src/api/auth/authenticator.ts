import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { forbidden, unauthorized } from '../refusals.js';
import type { AccountTokens, AuthenticatedToken } from './account-tokens.js';
import { TOKEN_ISSUER } from './account-tokens.js';
import type { Authorizer } from './authorizer.js';
import type { UserInfo } from './rbac-types.js';

/** The subject of a client certificate that the cluster's authority signed. */
export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** Finds out who makes a request. */
export interface Authenticator {
  /** Throws 401 without good credentials: there is no anonymous access. */
  authenticate(headers: IncomingHttpHeaders, certificate: ClientCertificate | undefined): UserInfo;
  /** Who holds a bearer token; undefined when it is not accepted. */
  token(token: string, audiences?: readonly string[]): AuthenticatedToken | undefined;
  /** Makes a random token that stands for `user` as long as this authenticator lives. */
  addUser(user: { readonly username: string; readonly groups: readonly string[] }): string;
}

const EVERYBODY = 'system:authenticated';

/** Accepts client certificates, tokens made by `addUser` and ServiceAccount tokens; certificates come first. */
export function createAuthenticator(accounts: AccountTokens, authorizer: Authorizer): Authenticator {
  // Looked up by digest, so that the time of a look-up says nothing about the tokens.
  const users = new Map<string, UserInfo>();

  function token(
    text: string,
    audiences: readonly string[] = [TOKEN_ISSUER],
  ): AuthenticatedToken | undefined {
    const user = users.get(digest(text));
    return user ? { user, audiences } : accounts.authenticate(text, audiences);
  }

  return {
    token,
    authenticate(headers, certificate) {
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
      const user = certificate ? certificateUser(certificate) : bearer ? token(bearer)?.user : undefined;
      if (!user) throw unauthorized();
      return impersonated(user, headers, authorizer);
    },
    addUser({ username, groups }) {
      const text = randomBytes(32).toString('base64url');
      users.set(digest(text), { username, groups: withEverybody(groups) });
      return text;
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function certificateUser({ commonName, organizations }: ClientCertificate): UserInfo {
  return { username: commonName, groups: withEverybody(organizations) };
}

function withEverybody(groups: readonly string[]): readonly string[] {
  return groups.includes(EVERYBODY) ? groups : [...groups, EVERYBODY];
}

/** The user that a request acts as (`kubectl --as`), when its maker may impersonate that user and those groups. */
function impersonated(user: UserInfo, headers: IncomingHttpHeaders, authorizer: Authorizer): UserInfo {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') return user;
  const asked = headers['impersonate-group'];
  const groups = typeof asked === 'string' ? asked.split(',').map((group) => group.trim()) : (asked ?? []);
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account)
    check(user, authorizer, { resource: 'serviceaccounts', namespace: account[1], name: account[2]! });
  else check(user, authorizer, { resource: 'users', name });
  for (const group of groups) check(user, authorizer, { resource: 'groups', name: group });
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  return { username: name, groups: withEverybody(groups.length > 0 ? groups : own) };
}

interface Impersonated {
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

function check(user: UserInfo, authorizer: Authorizer, { resource, namespace, name }: Impersonated): void {
  const access = { verb: 'impersonate', group: '', resource, name, ...(namespace ? { namespace } : {}) };
  if (authorizer.decide(user, access).allowed) return;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const why = `User "${user.username}" cannot impersonate resource "${resource}" in API group "" ${where}`;
  throw forbidden({ kind: '', resource, group: '' }, name, why);
}
