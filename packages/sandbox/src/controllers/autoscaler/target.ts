import { selectorText } from '../../api/kinds/label-text.js';
import type { KindInfo } from '../../api/kinds.js';
import type { ClusterApi } from '../../api/store.js';
import type { KubeObject, LabelSelector } from '../../objects.js';
import type { PodObject } from '../objects.js';
import { matchesSelector } from '../selector.js';
import type { AutoscalerObject } from './objects.js';

/** What is scaled, as it is now. */
export interface Target {
  readonly kind: KindInfo;
  readonly object: KubeObject;
  readonly replicas: number;
  readonly selector: LabelSelector | undefined;
  readonly pods: readonly PodObject[];
}

/** Where targets are looked for. */
interface TargetSource {
  readonly api: ClusterApi;
  readonly kinds: readonly KindInfo[];
}

/** Finds what an autoscaler scales. Throws in upstream's words. */
export function findTarget({ api, kinds }: TargetSource, { metadata, spec }: AutoscalerObject): Target {
  const { kind: name, apiVersion = '', name: object } = spec.scaleTargetRef;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const kind = kinds.find((each) => each.kind === name && each.group === group);
  if (!kind) throw new Error(`no matches for kind "${name}" in group "${group}"`);
  const qualified = group ? `${kind.resource}.${group}` : kind.resource;
  if (!kind.subresources.includes('scale'))
    throw new Error('the server could not find the requested resource');
  const found = api.get(kind.resource, metadata.namespace, object);
  if (!found) throw new Error(`${qualified} "${object}" not found`);
  const { replicas = 1, selector } = found.spec as { replicas?: number; selector?: LabelSelector };
  const pods = (api.list('pods', metadata.namespace) as readonly PodObject[]).filter((pod) =>
    matchesSelector(selector, pod.metadata.labels),
  );
  return { kind, object: found, replicas, selector, pods };
}

/**
 * Says that several autoscalers scale the same pods, of which none may go on: each would undo what the other has done.
 * Undefined: there is only the one of the target.
 */
export function ambiguity(
  source: TargetSource,
  resource: string,
  { object, selector, pods }: Target,
): string | undefined {
  const { namespace } = object.metadata;
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  const all = source.api.list(resource, namespace) as readonly AutoscalerObject[];
  const rivals = all.filter((each) => scalesOneOf(source, each, names));
  if (rivals.length < 2) return undefined;
  const keys = rivals.map(({ metadata }) => `${namespace}/${metadata.name}`).sort();
  return `pods by selector ${selectorText(selector)} are controlled by multiple HPAs: [${keys.join(' ')}]`;
}

function scalesOneOf(
  source: TargetSource,
  autoscaler: AutoscalerObject,
  names: ReadonlySet<string>,
): boolean {
  try {
    return findTarget(source, autoscaler).pods.some(({ metadata }) => names.has(metadata.name));
  } catch {
    // Without a target it scales nothing.
    return false;
  }
}
