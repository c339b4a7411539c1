import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { type Check, failed, passed } from './report.js';

const ACCESS_REVIEWS: ResourceRef = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
};

interface Wanted {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** What a client of `k8s:///` asks for. */
const WANTED: readonly Wanted[] = [
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
  { group: '', resource: 'services', verbs: ['get', 'watch'] },
];

/** Who asks, for what. */
export interface RightsSubject {
  readonly client: KubeClient;
  /** Whose name the checks show; it may be on its way. */
  readonly user: Promise<string>;
  readonly namespace: string;
  /** The target as it was given, for the advice. */
  readonly target: string;
}

async function isAllowed(client: KubeClient, resourceAttributes: object): Promise<boolean> {
  const review = await client.create<KubeObject>(ACCESS_REVIEWS, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: {},
    spec: { resourceAttributes },
  });
  return (review.status as { allowed?: boolean } | undefined)?.allowed === true;
}

/** Asks the API server whether the account may read what a client must read. */
export function checkRights({ client, user, namespace, target }: RightsSubject): Promise<Check[]> {
  return Promise.all(
    WANTED.map(async ({ group, resource, verbs }) => {
      const id = `rbac-${resource}`;
      const answers = await Promise.all(
        verbs.map((verb) => isAllowed(client, { group, resource, verb, namespace })),
      );
      const denied = verbs.filter((_, index) => !answers[index]);
      const where = `${resource} in namespace ${namespace}`;
      const who = await user;
      if (denied.length === 0) return passed(id, `${who} may ${verbs.join(' and ')} ${where}`);
      const fix = `apply the Role that "fairlead doctor --rbac ${target}" prints`;
      return failed(id, `${who} may not ${denied.join(' nor ')} ${where}`, fix);
    }),
  );
}
