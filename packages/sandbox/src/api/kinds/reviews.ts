import type { KindInfo } from '../kinds.js';

const AUTHENTICATION = 'authentication.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';

/** Questions that are answered at once and never stored. */
export const REVIEW_KINDS: readonly KindInfo[] = [
  review(AUTHENTICATION, 'TokenReview'),
  review(AUTHENTICATION, 'SelfSubjectReview'),
  review(AUTHORIZATION, 'SelfSubjectAccessReview'),
  review(AUTHORIZATION, 'SelfSubjectRulesReview'),
  review(AUTHORIZATION, 'SubjectAccessReview'),
];

function review(group: string, kind: string): KindInfo {
  return {
    kind,
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    shortNames: [],
    group,
    version: 'v1',
    namespaced: false,
    verbs: ['create'],
    subresources: [],
  };
}
