import type { KubeClient, ResourceRef } from '@fairlead/discovery/kubernetes';
import { Turns } from './turns.js';

/** Whom the API server takes a client for. */
export interface Identity {
  /** `system:serviceaccount:NAMESPACE:NAME`, or the common name of a certificate. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  /** When its token or certificate ends (epoch ms); undefined: not known. */
  readonly expiresAtMs?: number | undefined;
}

/** The questions that are asked of the API server about clients. Both reject when there is no answer. */
export interface Reviews {
  /** Whose token it is; undefined: nobody's, or not one for this control plane. */
  token(token: string): Promise<Identity | undefined>;
  /** Whether someone may list the EndpointSlices of a namespace. */
  mayList(identity: Identity, namespace: string): Promise<boolean>;
}

const TOKEN_REVIEWS: ResourceRef = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
};
const ACCESS_REVIEWS: ResourceRef = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
};

interface TokenStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: Pick<Partial<Identity>, 'username' | 'groups' | 'uid'>;
}

/** The end of a JSON Web Token that was found to be good (epoch ms). */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const seconds = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** Questions of one kind that are asked at the same time. */
const AT_ONCE = 16;

/**
 * Asks the API server: TokenReview and SubjectAccessReview, the latter by name and groups, as RBAC has it: what else
 * belongs to a token differs with every pod, and would be a question for each. "A client that sets the spec.audiences field should validate
 * that a compatible audience identifier is returned": a server that knows no audiences returns none.
 */
export function createReviews(client: Pick<KubeClient, 'create'>, audience: string): Reviews {
  const [tokens, rights] = [new Turns(AT_ONCE), new Turns(AT_ONCE)];
  return {
    async token(token) {
      const spec = { token, audiences: [audience] };
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec };
      const { status } = await tokens.take(() => client.create(TOKEN_REVIEWS, review));
      const { authenticated, audiences, user } = (status ?? {}) as TokenStatus;
      if (authenticated !== true || !audiences?.includes(audience) || !user?.username) return undefined;
      const { username, groups = [], uid } = user;
      return { username, groups, uid, expiresAtMs: expiryOf(token) };
    },
    async mayList({ username, groups, uid }, namespace) {
      const resourceAttributes = {
        group: 'discovery.k8s.io',
        resource: 'endpointslices',
        verb: 'list',
        namespace,
      };
      const spec = { user: username, groups, uid, resourceAttributes };
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: {},
        spec,
      };
      const { status } = await rights.take(() => client.create(ACCESS_REVIEWS, review));
      return (status as { readonly allowed?: boolean } | undefined)?.allowed === true;
    },
  };
}
