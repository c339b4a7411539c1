import type { KubeObject } from '../../objects.js';
import { kubeTime } from '../clock.js';
import type { Answer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { represent, representationOf, representList } from '../http/representation.js';
import type { KindInfo } from '../kinds.js';
import { METRICS_KINDS } from '../metrics/kinds.js';
import type { Usage } from '../metrics/points.js';
import { bytesQuantity, cpuQuantity, goDuration } from '../metrics/quantities.js';
import { methodNotAllowed, notFound } from '../refusals.js';
import { apiVersionOf } from '../storage/metadata.js';
import { parseSelection } from './list-options.js';

/** Whether a kind is one of metrics, which are asked for and never stored. */
export function isMetrics(kind: KindInfo): boolean {
  return METRICS_KINDS.includes(kind);
}

/** GET of `/apis/metrics.k8s.io/v1beta1/…`: what pods and nodes use now. */
export async function resourceMetrics(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { verb, target, query, services } = context;
  if (!kind.verbs.includes(verb)) throw methodNotAllowed();
  const representation = representationOf(context);
  const scope = { kind, representation, nowMs: services.clock.now() };
  const named = verb === 'get' ? target.name : undefined;
  // Fields other than those of metadata are none of metrics.
  const selection = parseSelection(query, kind.kind, named);
  const { namespace } = kind.namespaced ? target : {};
  const owners = services.cluster.list(kind.resource, namespace).filter(selection.matches);
  const core = { kind: '', resource: kind.resource, group: '' };
  if (named !== undefined && owners.length === 0) throw notFound(core, named);
  const metrics = kind.namespaced
    ? await podMetrics(context, kind, owners)
    : await nodeMetrics(context, kind, owners);
  if (named === undefined) return { code: 200, body: representList(metrics, {}, scope) };
  const [found] = metrics;
  const known = { ...kind, resource: kind.kind.toLowerCase() };
  if (!found) throw notFound(known, namespace === undefined ? named : `${namespace}/${named}`);
  return { code: 200, body: represent(found, scope) };
}

async function podMetrics(
  context: ResourceContext,
  kind: KindInfo,
  pods: readonly KubeObject[],
): Promise<KubeObject[]> {
  const used = await context.services.metrics.podUsage();
  return pods.flatMap((pod) => {
    const usage = used.get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
    if (!usage || usage.size === 0) return [];
    const earliest = [...usage.values()].reduce((a, b) => (b.atMs < a.atMs ? b : a));
    const containers = [...usage].map(([name, each]) => ({ name, usage: quantities(each) }));
    return [{ ...header(context, kind, pod, earliest), containers }];
  });
}

async function nodeMetrics(
  context: ResourceContext,
  kind: KindInfo,
  nodes: readonly KubeObject[],
): Promise<KubeObject[]> {
  const used = await context.services.metrics.nodeUsage();
  return nodes.flatMap((node) => {
    const usage = used.get(node.metadata.name);
    return usage ? [{ ...header(context, kind, node, usage), usage: quantities(usage) }] : [];
  });
}

function header(context: ResourceContext, kind: KindInfo, owner: KubeObject, usage: Usage): KubeObject {
  const { name, namespace, labels } = owner.metadata;
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: kubeTime(context.services.clock.now()),
      ...(labels ? { labels } : {}),
    },
    timestamp: kubeTime(usage.atMs),
    window: goDuration(usage.windowMs),
  };
}

function quantities({ cpu, memoryBytes }: Usage): Record<string, string> {
  return { cpu: cpuQuantity(cpu), memory: bytesQuantity(memoryBytes) };
}
