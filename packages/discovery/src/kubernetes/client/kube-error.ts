import { DiscoveryError } from '../../errors.js';
import { oneLine } from '../../one-line.js';
import { errorMessage } from '../error-code.js';
import type { ResourceRef } from './client.js';

/** One reason inside a `Status`, for example `ResourceVersionTooLarge`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The machine-readable part of a `Status`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

const BRAND = Symbol.for('@fairlead/discovery.KubeError');

/** An answer of the API server that is not 2xx, or an `ERROR` event of a watch. `instanceof` also holds across duplicate installs. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** The HTTP status code; for an `ERROR` event the code of its `Status`. */
  readonly status: number;
  /** The reason in Kubernetes' words: `NotFound`, `Conflict`, `Expired`, …; empty when the answer had none. */
  readonly reason: string;
  readonly details: StatusDetails;
  /** How long the server wants to be left alone (ms), when it says so. */
  readonly retryAfterMs?: number;

  constructor(status: number, message: string, more: KubeErrorFields = {}) {
    super(message);
    this.status = status;
    this.reason = more.reason ?? '';
    this.details = more.details ?? {};
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** What a `KubeError` holds besides its status and message. */
export interface KubeErrorFields {
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly retryAfterMs?: number;
}

/** What was asked of whom, for the text of an error. */
export interface RequestContext {
  readonly verb: string;
  readonly ref: ResourceRef;
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string;
  /** `https://host:port` of the API server. */
  readonly server: string;
  /** Where the credentials come from and whose they are; a `ClusterAccess` fits. */
  readonly identity?: { readonly origin: string; readonly user: string };
  /** What stands for the target in the advice of a 403. Default the literal word `TARGET`. */
  readonly target?: string;
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Longer texts of a server are cut: an answer of a megabyte is no message. */
const MOST_TEXT = 4_000;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MOST_TEXT) : '');

/** What is of the promised type: a proxy may have written the rest, and whoever reads an error must not stumble. */
function detailsOf(value: unknown): StatusDetails {
  const { name, group, kind, causes, retryAfterSeconds } = record(value);
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof group === 'string' ? { group } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(Array.isArray(causes) ? { causes: causes.map(record) } : {}),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  };
}

/** Makes the error of a `Status` object; `httpStatus` stands in when it has no code of its own. */
export function kubeErrorFromStatus(status: unknown, httpStatus = 0, retryAfterMs?: number): KubeError {
  const { code, message, reason, details } = record(status);
  const number = typeof code === 'number' && code > 0 ? code : httpStatus;
  const known = detailsOf(details);
  const seconds = known.retryAfterSeconds;
  const waitMs = retryAfterMs ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined);
  return new KubeError(number, text(message) || `the API server answered ${number}`, {
    reason: text(reason),
    details: known,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  });
}

/** Reads a `Retry-After` header: whole seconds or an HTTP date (RFC 9110 §10.2.3). */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** `endpointslices.discovery.k8s.io`, or `pods` for the core group. */
export function resourceName(ref: ResourceRef): string {
  return ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`;
}

const place = (namespace: string | undefined): string =>
  namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;

/** `system:serviceaccount:ns:app` and `ns:app` become `ServiceAccount ns:app`, others `User "…"`. */
function who(user: string): string {
  const account = user.replace(/^system:serviceaccount:/, '');
  return /^(?!system:)[a-z0-9-]+:[a-z0-9.-]+$/.test(account) ? `ServiceAccount ${account}` : `User "${user}"`;
}

function forbidden(error: KubeError, context: RequestContext): string {
  const denied = /User "([^"]*)" cannot (\w+) resource/.exec(error.message);
  const user = denied?.[1] ?? context.identity?.user ?? 'unknown';
  const verb = denied?.[2] ?? context.verb;
  const advice = `"fairlead doctor --rbac ${context.target ?? 'TARGET'}" prints the Role`;
  return `${who(oneLine(user))} may not ${verb} ${resourceName(context.ref)} ${place(context.namespace)}: ${advice}`;
}

function mapKubeError(error: KubeError, context: RequestContext): DiscoveryError {
  if (error.status === 401) {
    const origin = context.identity?.origin ?? `credentials for ${context.server}`;
    const message = `the API server refused the credentials (401): ${origin}`;
    return new DiscoveryError('UNAUTHORIZED', message, { cause: error });
  }
  if (error.status === 403) {
    return new DiscoveryError('FORBIDDEN', forbidden(error, context), { cause: error });
  }
  const what = `${context.verb} ${resourceName(context.ref)} ${place(context.namespace)}`;
  const code = oneLine([error.status, error.reason].filter((part) => part !== '').join(' '));
  const message = `${what} at ${context.server} failed (${code}): ${oneLine(error.message)}`;
  return new DiscoveryError('API_ERROR', message, { cause: error });
}

/** Turns whatever a `KubeClient` rejects with into the one error that states and messages carry. */
export function toDiscoveryError(error: unknown, context: RequestContext): DiscoveryError {
  if (error instanceof DiscoveryError) return error;
  if (error instanceof KubeError) return mapKubeError(error, context);
  const message = errorMessage(error);
  return new DiscoveryError('UNREACHABLE', `${context.server}: ${oneLine(message)}`, { cause: error });
}
