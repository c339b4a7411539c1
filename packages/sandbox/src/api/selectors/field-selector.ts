import type { KubeObject } from '../../objects.js';
import { badRequest } from '../refusals.js';
import { at } from '../storage/json.js';

/** One comparison of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** A parsed field selector (`metadata.name=a,status.phase!=Failed`). */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

/** Fields beside metadata.name and metadata.namespace by which upstream selects, per resource. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  replicasets: ['status.replicas'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
};

/** Fields that are compared as `false` while they are absent. */
const BOOLEAN_FIELDS = new Set(['spec.unschedulable', 'spec.hostNetwork']);

/** Parses a field selector; throws 400 in Kubernetes' words. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements = splitTerms(text).map((term): FieldRequirement => {
    const match = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field: match[1]!.trim(), equal: match[2] !== '!=', value: withoutBackslashes(match[3]!) };
  });
  return { requirements };
}

/** Refuses fields by which this resource cannot be selected. */
export function checkSelectable(resource: string, selector: FieldSelector): void {
  for (const { field } of selector.requirements) {
    if (field === 'metadata.name' || field === 'metadata.namespace') continue;
    if (!SELECTABLE[resource]?.includes(field)) throw badRequest(`field label not supported: ${field}`);
  }
}

/** Whether an object fits. */
export function matchesFields(selector: FieldSelector, object: KubeObject): boolean {
  return selector.requirements.every(
    ({ field, equal, value }) => (fieldText(object, field) === value) === equal,
  );
}

function fieldText(object: KubeObject, field: string): string {
  if (field === 'source' && object.kind === 'Event') return String(at(object, 'source', 'component') ?? '');
  const value = at(object, ...field.split('.'));
  if (value === undefined || value === null) return BOOLEAN_FIELDS.has(field) ? 'false' : '';
  return String(value);
}

/** Commas part the terms, but for those behind a backslash. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let term = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') term += char + (text[++i] ?? '');
    else if (char === ',') {
      terms.push(term);
      term = '';
    } else term += char;
  }
  return [...terms, term].map((part) => part.trim()).filter(Boolean);
}

function withoutBackslashes(value: string): string {
  return value.replace(/\\(.)/gs, '$1');
}
