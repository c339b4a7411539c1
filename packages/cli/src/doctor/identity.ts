import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';

const SELF_REVIEWS: ResourceRef = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'selfsubjectreviews',
};

/** A ServiceAccount, read from the name of its user. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Whom the API server takes the caller for; undefined where it does not say (before Kubernetes 1.28, or no answer). */
export async function whoAmI(client: KubeClient): Promise<string | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} };
  try {
    const review = await client.create<KubeObject>(SELF_REVIEWS, body);
    return (review.status as { userInfo?: { username?: string } } | undefined)?.userInfo?.username;
  } catch {
    return undefined;
  }
}

/** `system:serviceaccount:shop:app`, or `shop:app` as an in-cluster access names it; undefined for anybody else. */
export function accountOf(user: string): Account | undefined {
  const [, namespace, name] = /^(?:system:serviceaccount:)?([a-z0-9-]+):([a-z0-9.-]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** A user as a report names it: `ServiceAccount shop:app`. */
export function showUser(user: string): string {
  const account = accountOf(user);
  return account ? `ServiceAccount ${account.namespace}:${account.name}` : user;
}
