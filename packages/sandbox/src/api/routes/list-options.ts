import type { KubeObject } from '../../objects.js';
import { isTrue } from '../http/request-info.js';
import type { FieldError } from '../kinds.js';
import { badRequest, invalid } from '../refusals.js';
import { checkSelectable, matchesFields, parseFieldSelector } from '../selectors/field-selector.js';
import { parseLabelSelector } from '../selectors/label-selector.js';
import { ApiStatus } from '../status.js';

/** Which objects a list, watch or deletecollection is about. */
export interface Selection {
  /** Whether every object is selected. */
  readonly everything: boolean;
  matches(object: KubeObject): boolean;
}

/** Reads the selectors of a request; throws 400. */
export function parseSelection(query: URLSearchParams, resource: string, name?: string): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  checkSelectable(resource, fields);
  return {
    everything: labels.everything && fields.requirements.length === 0 && name === undefined,
    matches: (object) =>
      (name === undefined || object.metadata.name === name) &&
      labels.matches(object.metadata.labels) &&
      matchesFields(fields, object),
  };
}

/** Where a list or watch starts. */
export interface VersionOptions {
  /** Absent: the newest. 0: any. */
  readonly version: number | undefined;
  readonly match: '' | 'Exact' | 'NotOlderThan';
  readonly sendInitialEvents: boolean | undefined;
}

const LIST_OPTIONS = { kind: 'ListOptions', group: 'meta.k8s.io' };

/** Reads and checks the version options as upstream's ValidateListOptions does; throws 422 and 400. */
export function parseVersionOptions(query: URLSearchParams, watch: boolean): VersionOptions {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents');
  const errors = [
    ...matchErrors(match, { text, watch, initial: initial !== null, continued: query.has('continue') }),
    ...initialErrors(initial, match, watch),
  ];
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
  return {
    version: text === '' ? undefined : parseVersion(text, watch),
    match: match === 'Exact' || match === 'NotOlderThan' ? match : '',
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
  };
}

interface MatchScope {
  readonly text: string;
  readonly watch: boolean;
  readonly initial: boolean;
  readonly continued: boolean;
}

function matchErrors(match: string, { text, watch, initial, continued }: MatchScope): FieldError[] {
  const field = 'resourceVersionMatch';
  if (match === '') return [];
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const message = `Unsupported value: "${match}": supported values: "Exact", "NotOlderThan", ""`;
    return [{ field, reason: 'FieldValueNotSupported', message }];
  }
  if (watch && !initial) {
    return [
      banned(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    ];
  }
  if (!watch && text === '') {
    return [banned(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided')];
  }
  if (!watch && continued) {
    return [banned(field, 'resourceVersionMatch is forbidden when continue is provided')];
  }
  if (match === 'Exact' && text === '0') {
    return [banned(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')];
  }
  return [];
}

function initialErrors(initial: string | null, match: string, watch: boolean): FieldError[] {
  if (initial === null) return [];
  if (!watch) return [banned('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  if (match === 'NotOlderThan') return [];
  const message = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  return [banned('resourceVersionMatch', message)];
}

function banned(field: string, why: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

function parseVersion(text: string, watch: boolean): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const why = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
  // Upstream's watches find it out deep inside, where an error has no reason.
  throw watch ? new ApiStatus(500, '', why) : badRequest(`invalid resource version: ${why}`);
}

/** A whole number of a query, or undefined; throws 400. */
export function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}
