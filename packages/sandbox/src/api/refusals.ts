import type { AccessAttributes, UserInfo } from './auth/rbac-types.js';
import type { FieldError, KindInfo } from './kinds.js';
import { ApiStatus } from './status.js';

/** What a refusal must know of the kind that it is about. */
export type RefusedKind = Pick<KindInfo, 'kind' | 'resource' | 'group'>;

/** `endpointslices.discovery.k8s.io`; core resources have no group suffix. */
function qualifiedResource(kind: Pick<KindInfo, 'resource' | 'group'>): string {
  return kind.group ? `${kind.resource}.${kind.group}` : kind.resource;
}

function details(kind: RefusedKind, name?: string) {
  return {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.resource,
  };
}

/** 404 of an object that does not exist. */
export function notFound(kind: RefusedKind, name: string): ApiStatus {
  return new ApiStatus(
    404,
    'NotFound',
    `${qualifiedResource(kind)} "${name}" not found`,
    details(kind, name),
  );
}

/** 404 of a path that is not served. */
export function notServed(): ApiStatus {
  return new ApiStatus(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 409 of a create. */
export function alreadyExists(kind: RefusedKind, name: string): ApiStatus {
  const message = `${qualifiedResource(kind)} "${name}" already exists`;
  return new ApiStatus(409, 'AlreadyExists', message, details(kind, name));
}

/** 409 of a write that is based on another state. */
export function conflict(kind: RefusedKind, name: string, why: string): ApiStatus {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`;
  return new ApiStatus(409, 'Conflict', message, details(kind, name));
}

/** The reason of a conflict by resourceVersion. */
export const MODIFIED_MEANWHILE =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 422 with one cause per field error. */
export function invalid(
  kind: Pick<KindInfo, 'kind' | 'group'>,
  name: string,
  errors: readonly FieldError[],
): ApiStatus {
  const lines = errors.map((error) => `${error.field}: ${error.message}`);
  const what = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  return new ApiStatus(422, 'Invalid', `${qualified} "${name}" is invalid: ${what}`, {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    ...(kind.kind ? { kind: kind.kind } : {}),
    causes: errors.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}

/** 400. */
export function badRequest(message: string): ApiStatus {
  return new ApiStatus(400, 'BadRequest', message);
}

/** 403 of an admission check. */
export function forbidden(kind: RefusedKind, name: string, why: string): ApiStatus {
  const quoted = name ? ` "${name}"` : '';
  const message = `${qualifiedResource(kind)}${quoted} is forbidden: ${why}`;
  return new ApiStatus(403, 'Forbidden', message, details(kind, name));
}

/** 429 of an eviction that a PodDisruptionBudget forbids; 0 s: the client decides when to ask again. */
export function disruptionRefused(why: string, retryAfterSeconds: number): ApiStatus {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiStatus(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: why }],
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}

/** 410 of a watch or list whose resourceVersion is forgotten. */
export function tooOldResourceVersion(version: number, oldest: number): ApiStatus {
  return new ApiStatus(410, 'Expired', `too old resource version: ${version} (${oldest})`);
}

/** 504 of a resourceVersion that this server has not reached. */
export function tooLargeResourceVersion(version: number, current: number): ApiStatus {
  return new ApiStatus(504, 'Timeout', `Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** 401. */
export function unauthorized(): ApiStatus {
  return new ApiStatus(401, 'Unauthorized', 'Unauthorized');
}

/** 405. */
export function methodNotAllowed(): ApiStatus {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiStatus(405, 'MethodNotAllowed', message, {});
}

/** 403 of the authorizer, in upstream's words. */
export function accessDenied(user: UserInfo, access: AccessAttributes): ApiStatus {
  if ('path' in access) {
    const why = `forbidden: User "${user.username}" cannot ${access.verb} path "${access.path}"`;
    return new ApiStatus(403, 'Forbidden', why, {});
  }
  const { verb, group, resource, subresource, namespace, name } = access;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const why = `User "${user.username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  return forbidden({ kind: '', resource, group }, name ?? '', why);
}
