import type { KubeObject } from '../../objects.js';
import type { AccessAttributes, UserInfo } from '../auth/rbac-types.js';
import type { Answer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { conform } from '../kinds/shape.js';
import type { KindInfo } from '../kinds.js';
import { invalid } from '../refusals.js';
import { at } from '../storage/json.js';
import { apiVersionOf } from '../storage/metadata.js';
import { sentObject } from './write.js';

type Review = (context: ResourceContext, kind: KindInfo, sent: KubeObject) => object;

const REVIEWS: Readonly<Record<string, Review>> = {
  SelfSubjectAccessReview: (context, kind, sent) => accessStatus(context, kind, { sent, user: context.user }),
  SubjectAccessReview: (context, kind, sent) =>
    accessStatus(context, kind, { sent, user: reviewedUser(kind, sent) }),
  SelfSubjectRulesReview: rulesStatus,
  SelfSubjectReview: (context) => ({ userInfo: context.user }),
  TokenReview: tokenStatus,
};

/** Whether a kind is a question that is answered and not stored. */
export function isReview(kind: KindInfo): boolean {
  return Object.hasOwn(REVIEWS, kind.kind);
}

/** POST of a question: the answer is its status. */
export async function review(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const sent = await sentObject(context, kind);
  conform(kind, sent);
  const status = REVIEWS[kind.kind]!(context, kind, sent);
  const { spec = {} } = sent;
  return {
    code: 201,
    body: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: {}, spec, status },
  };
}

interface AccessQuestion {
  readonly sent: KubeObject;
  readonly user: UserInfo;
}

function accessStatus({ services }: ResourceContext, kind: KindInfo, { sent, user }: AccessQuestion): object {
  const resource = at(sent, 'spec', 'resourceAttributes') ?? undefined;
  const path = at(sent, 'spec', 'nonResourceAttributes') ?? undefined;
  if ((resource === undefined) === (path === undefined)) {
    const message =
      'Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalid(kind, '', [{ field: 'spec.resourceAttributes', reason: 'FieldValueInvalid', message }]);
  }
  const access: AccessAttributes =
    path === undefined
      ? resourceAccess(resource)
      : { verb: text(path, 'verb') ?? '', path: text(path, 'path') ?? '' };
  const { allowed, reason } = services.authorizer.decide(user, access);
  return { allowed, ...(reason ? { reason } : {}) };
}

function resourceAccess(attributes: unknown): AccessAttributes {
  const namespace = text(attributes, 'namespace');
  const name = text(attributes, 'name');
  const subresource = text(attributes, 'subresource');
  return {
    verb: text(attributes, 'verb') ?? '',
    group: text(attributes, 'group') ?? '',
    resource: text(attributes, 'resource') ?? '',
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(subresource ? { subresource } : {}),
  };
}

function text(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function reviewedUser(kind: KindInfo, sent: KubeObject): UserInfo {
  const username = text(sent.spec, 'user');
  const groups = at(sent, 'spec', 'groups');
  if (!username && !Array.isArray(groups)) {
    const message = 'Invalid value: at least one of user or group must be specified';
    throw invalid(kind, '', [{ field: 'spec.user', reason: 'FieldValueInvalid', message }]);
  }
  return { username: username ?? '', groups: Array.isArray(groups) ? groups.map(String) : [] };
}

function rulesStatus({ services, user }: ResourceContext, kind: KindInfo, sent: KubeObject): object {
  const namespace = text(sent.spec, 'namespace');
  if (!namespace) {
    const message = 'Required value: namespace is required';
    throw invalid(kind, '', [{ field: 'spec.namespace', reason: 'FieldValueRequired', message }]);
  }
  const rules = services.authorizer.rules(user, namespace);
  return {
    resourceRules: rules
      .filter((rule) => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function tokenStatus({ services }: ResourceContext, _kind: KindInfo, sent: KubeObject): object {
  const asked = at(sent, 'spec', 'audiences');
  const audiences = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : undefined;
  const found = services.authenticator.token(text(sent.spec, 'token') ?? '', audiences);
  if (!found) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: found.user, audiences: found.audiences };
}
