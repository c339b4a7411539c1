import { randomUUID } from 'node:crypto';
import { type Clock, kubeTime } from '../clock.js';
import { createJwtSigner } from '../pki/jwt.js';
import { at } from '../storage/json.js';
import type { ClusterApi } from '../store.js';
import type { UserInfo } from './rbac-types.js';

/** Issuer of all tokens, and the audience that this API server accepts. */
export const TOKEN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** What a ServiceAccount token is for. */
export interface AccountTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Default: the API server's own. */
  readonly audiences?: readonly string[];
  /** Default 3600; at least 600, as upstream. */
  readonly expirationSeconds?: number;
  /** The token ends with this pod. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A token with its end. */
export interface AccountToken {
  readonly token: string;
  readonly expirationTimestamp: string;
}

/** Issues and checks ServiceAccount tokens. */
export interface AccountTokens {
  /** Undefined: there is no such account. */
  issue(request: AccountTokenRequest): AccountToken | undefined;
  /** Who holds the token; undefined when it is not ours, expired, for others, or its account or pod is gone. */
  authenticate(token: string, audiences?: readonly string[]): AuthenticatedToken | undefined;
}

/** An accepted token: its holder and the audiences that it was accepted for. */
export interface AuthenticatedToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

/** Tokens are bound to accounts and pods of `cluster` and signed with a key that lives as long as this object. */
export function createAccountTokens(cluster: ClusterApi, clock: Clock): AccountTokens {
  const signer = createJwtSigner();
  return {
    issue(request) {
      const { namespace, serviceAccount, audiences = [TOKEN_ISSUER], expirationSeconds = 3600 } = request;
      const account = cluster.get('serviceaccounts', namespace, serviceAccount);
      if (!account) return undefined;
      const issuedAt = Math.floor(clock.now() / 1000);
      const expires = issuedAt + expirationSeconds;
      const token = signer.sign({
        aud: audiences,
        exp: expires,
        iat: issuedAt,
        iss: TOKEN_ISSUER,
        jti: randomUUID(),
        'kubernetes.io': {
          namespace,
          ...(request.pod ? { pod: { name: request.pod.name, uid: request.pod.uid } } : {}),
          serviceaccount: { name: serviceAccount, uid: account.metadata.uid },
        },
        nbf: issuedAt,
        sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      });
      return { token, expirationTimestamp: kubeTime(expires * 1000) };
    },
    authenticate(token, audiences = [TOKEN_ISSUER]) {
      const claims = signer.verify(token);
      if (!claims || !isCurrent(claims, clock.now() / 1000)) return undefined;
      const held = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
      const accepted = audiences.filter((audience) => held.includes(audience));
      const user = accepted.length > 0 ? holder(cluster, claims) : undefined;
      return user && { user, audiences: accepted };
    },
  };
}

function isCurrent(claims: Record<string, unknown>, nowSeconds: number): boolean {
  const { exp, nbf } = claims;
  return typeof exp === 'number' && typeof nbf === 'number' && nbf <= nowSeconds && nowSeconds < exp;
}

function holder(cluster: ClusterApi, claims: Record<string, unknown>): UserInfo | undefined {
  const bound = claims['kubernetes.io'];
  const namespace = String(at(bound, 'namespace'));
  const name = String(at(bound, 'serviceaccount', 'name'));
  const uid = cluster.get('serviceaccounts', namespace, name)?.metadata.uid;
  if (!uid || uid !== at(bound, 'serviceaccount', 'uid')) return undefined;
  const podName = at(bound, 'pod', 'name');
  const podUid = at(bound, 'pod', 'uid');
  if (podName !== undefined) {
    const pod = cluster.get('pods', namespace, String(podName));
    if (pod?.metadata.uid !== podUid) return undefined;
  }
  const extra: Record<string, readonly string[]> = {
    'authentication.kubernetes.io/credential-id': [`JTI=${String(claims.jti)}`],
    ...(podName === undefined
      ? {}
      : {
          'authentication.kubernetes.io/pod-name': [String(podName)],
          'authentication.kubernetes.io/pod-uid': [String(podUid)],
        }),
  };
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { username: `system:serviceaccount:${namespace}:${name}`, uid, groups, extra };
}
