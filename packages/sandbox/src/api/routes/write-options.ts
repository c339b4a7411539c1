import { decodeObject } from '../http/body.js';
import type { ResourceContext } from '../http/context.js';
import { isTrue } from '../http/request-info.js';
import { badRequest, invalid } from '../refusals.js';
import { at, isObject } from '../storage/json.js';
import type { DeleteOptions } from '../store.js';
import { parseInteger } from './list-options.js';

const FIELD_VALIDATION = ['Ignore', 'Strict', 'Warn'];

/** Checks the options of a write and says whether it is a dry run; `kind` names them in messages. */
export function parseDryRun(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): boolean {
  const options = { kind, group: 'meta.k8s.io' };
  const validation = query.get('fieldValidation');
  if (validation && !FIELD_VALIDATION.includes(validation)) {
    const supported = FIELD_VALIDATION.map((value) => `"${value}"`).join(', ');
    const message = `Unsupported value: "${validation}": supported values: ${supported}`;
    throw invalid(options, '', [{ field: 'fieldValidation', reason: 'FieldValueNotSupported', message }]);
  }
  return isDryRun(query.getAll('dryRun'), options);
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
