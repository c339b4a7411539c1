import { decodeObject } from '../http/body.js';
import type { ResourceContext } from '../http/context.js';
import { isTrue } from '../http/request-info.js';
import {
  forbidden as fieldForbidden,
  invalid as fieldInvalid,
  required,
  tooLong,
} from '../kinds/field-errors.js';
import { strictFieldErrors } from '../kinds/index.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, invalid } from '../refusals.js';
import { at, isObject } from '../storage/json.js';
import type { DeleteOptions } from '../store.js';
import { parseInteger } from './list-options.js';

const FIELD_VALIDATION = ['Ignore', 'Strict', 'Warn'] as const;

/** Options of every write. */
export interface CheckedWrite {
  readonly dryRun: boolean;
  /** What happens to fields that the kind does not have. Default, as upstream: `Warn`. */
  readonly fieldValidation: (typeof FIELD_VALIDATION)[number];
  /** Who writes, as `metadata.managedFields` names it. */
  readonly fieldManager: string;
}

/** Reads the options of a write; `kind` names them in messages. Throws 422. */
export function parseWriteOptions(
  { query, headers }: Pick<ResourceContext, 'query' | 'headers'>,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): CheckedWrite {
  const options = { kind, group: 'meta.k8s.io' };
  const asked = query.get('fieldValidation') || 'Warn';
  const fieldValidation = FIELD_VALIDATION.find((known) => known === asked);
  if (!fieldValidation) {
    const supported = FIELD_VALIDATION.map((value) => `"${value}"`).join(', ');
    const message = `Unsupported value: "${asked}": supported values: ${supported}`;
    throw invalid(options, '', [{ field: 'fieldValidation', reason: 'FieldValueNotSupported', message }]);
  }
  const dryRun = isDryRun(query.getAll('dryRun'), options);
  return { dryRun, fieldValidation, fieldManager: fieldManagerOf(query, headers['user-agent'], options) };
}

const MAX_FIELD_MANAGER_BYTES = 128;

/** The manager that a write names; else the first part of its user agent. */
function fieldManagerOf(
  query: URLSearchParams,
  userAgent: string | undefined,
  options: { kind: string; group: string },
): string {
  const field = 'fieldManager';
  const asked = query.get(field) ?? '';
  const errors = [
    ...(Buffer.byteLength(asked) > MAX_FIELD_MANAGER_BYTES ? [tooLong(field, MAX_FIELD_MANAGER_BYTES)] : []),
    ...(/\p{C}/u.test(asked) ? [fieldInvalid(field, asked, 'should only contain printable characters')] : []),
  ];
  if (errors.length > 0) throw invalid(options, '', errors);
  return asked || agentName(userAgent) || UNKNOWN_MANAGER;
}

/** Upstream's name for a writer that does not name itself. */
const UNKNOWN_MANAGER = 'unknown';

function agentName(userAgent = ''): string {
  const name = (userAgent.split('/')[0] ?? '').replace(/\p{C}/gu, '');
  return Buffer.from(name).subarray(0, MAX_FIELD_MANAGER_BYTES).toString('utf8');
}

/** Whether an apply may take what others manage; throws 422 for options that do not fit the kind of patch. */
export function parseForce(query: URLSearchParams, applies: boolean): boolean {
  const options = { kind: 'PatchOptions', group: 'meta.k8s.io' };
  if (applies && !query.get('fieldManager')) {
    throw invalid(options, '', [required('fieldManager', 'is required for apply patch')]);
  }
  if (!applies && query.has('force')) {
    throw invalid(options, '', [fieldForbidden('force', 'may not be specified for non-apply patch')]);
  }
  return isTrue(query.get('force'));
}

/** The warnings that a write's unknown fields are worth; throws 400 when they are refused. */
export function unknownFields(
  kind: KindInfo,
  object: unknown,
  fieldValidation: CheckedWrite['fieldValidation'],
): readonly string[] {
  if (fieldValidation === 'Ignore') return [];
  const errors = strictFieldErrors(kind, object);
  if (fieldValidation === 'Warn' || errors.length === 0) return errors;
  throw badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ` +
      `strict decoding error: ${errors.join(', ')}`,
  );
}

function isDryRun(values: readonly unknown[], options: { kind: string; group: string }): boolean {
  const set = values.filter((value) => value !== '');
  if (set.length === 0) return false;
  const wrong = set.find((value) => value !== 'All');
  if (wrong === undefined) return true;
  const message = `Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`;
  throw invalid(options, '', [{ field: 'dryRun', reason: 'FieldValueNotSupported', message }]);
}

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const;

/** Reads the options of a deletion from body and query; the query counts where the body says nothing. */
export async function parseDeleteOptions(context: ResourceContext): Promise<DeleteOptions> {
  const body = await context.body();
  const sent =
    body.length > 0
      ? decodeObject(body, context.headers['content-type'], { kind: 'DeleteOptions' })
      : undefined;
  return deleteOptionsOf(sent, context.query);
}

/** Reads a DeleteOptions object; throws 422 and 400. */
export function deleteOptionsOf(sent: unknown, query: URLSearchParams): DeleteOptions {
  const options = { kind: 'DeleteOptions', group: 'meta.k8s.io' };
  const bodyDryRun = at(sent, 'dryRun');
  const dryRun = isDryRun(
    Array.isArray(bodyDryRun) && bodyDryRun.length > 0 ? bodyDryRun : query.getAll('dryRun'),
    options,
  );
  const grace = at(sent, 'gracePeriodSeconds') ?? parseInteger(query, 'gracePeriodSeconds');
  if (grace !== undefined && (typeof grace !== 'number' || !Number.isInteger(grace))) {
    throw badRequest(`gracePeriodSeconds: ${JSON.stringify(grace)} is not a whole number of seconds`);
  }
  const policy = propagation(sent, query, options);
  const preconditions = at(sent, 'preconditions');
  return {
    dryRun,
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy ? { propagationPolicy: policy } : {}),
    ...(isObject(preconditions) ? textMembers(preconditions) : {}),
  };
}

function textMembers({ uid, resourceVersion }: Record<string, unknown>): {
  uid?: string;
  resourceVersion?: string;
} {
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}

function propagation(
  sent: unknown,
  query: URLSearchParams,
  options: { kind: string; group: string },
): DeleteOptions['propagationPolicy'] {
  const orphan = at(sent, 'orphanDependents') ?? query.get('orphanDependents');
  if (orphan === true || (typeof orphan === 'string' && isTrue(orphan))) return 'Orphan';
  const value = at(sent, 'propagationPolicy') ?? query.get('propagationPolicy');
  if (value === undefined || value === null || value === '') return undefined;
  const policy = POLICIES.find((known) => known === value);
  if (policy) return policy;
  const supported = '"Background", "Foreground", "Orphan"';
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
  throw invalid(options, '', [{ field: 'propagationPolicy', reason: 'FieldValueNotSupported', message }]);
}
