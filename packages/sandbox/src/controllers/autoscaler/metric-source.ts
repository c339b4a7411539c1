import type { PodUsage } from '../../api/metrics/resource-metrics.js';
import type { LabelSelector } from '../../objects.js';
import type { PodObject } from '../objects.js';
import type { MetricSpec } from './objects.js';
import type { PodMetric } from './replica-count.js';

/** Where metrics come from. */
export interface MetricSource {
  /** What each pod's containers use, by `namespace/name`. */
  podUsage(): Promise<ReadonlyMap<string, PodUsage>>;
  /** A metric that pods tell themselves, by pod name; a pod that does not tell it is missing. */
  podMetric(
    pods: readonly PodObject[],
    metric: { readonly name: string; readonly selector?: LabelSelector },
  ): Promise<ReadonlyMap<string, PodMetric>>;
}

/** The values of one metric of some pods, or why there are none. */
export type MetricReading = { readonly values: ReadonlyMap<string, PodMetric> } | { readonly error: string };

/** Reads the metric of every pod. */
export async function readMetric(
  source: MetricSource,
  spec: MetricSpec,
  pods: readonly PodObject[],
): Promise<MetricReading> {
  try {
    if (spec.pods) return await readPodMetric(source, spec.pods.metric, pods);
    const resource = spec.resource ?? spec.containerResource;
    if (!resource) return { error: `metrics of type ${spec.type} have no source in this cluster` };
    const values = resourceValues(await source.podUsage(), resource, pods);
    if (values.size > 0) return { values };
    const what = `unable to get metrics for resource ${resource.name}`;
    return { error: `${what}: no metrics returned from resource metrics API` };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function readPodMetric(
  source: MetricSource,
  metric: { readonly name: string; readonly selector?: LabelSelector },
  pods: readonly PodObject[],
): Promise<MetricReading> {
  const values = await source.podMetric(pods, metric);
  if (values.size > 0) return { values };
  return { error: `unable to get metric ${metric.name}: no metrics returned from custom metrics API` };
}

function resourceValues(
  usage: ReadonlyMap<string, PodUsage>,
  { name, container }: { readonly name: string; readonly container?: string },
  pods: readonly PodObject[],
): Map<string, PodMetric> {
  const values = new Map<string, PodMetric>();
  for (const { metadata } of pods) {
    const used = usage.get(`${metadata.namespace ?? ''}/${metadata.name}`);
    const relevant = [...(used ?? [])].filter(([each]) => container === undefined || each === container);
    const [first] = relevant;
    if (!first) continue;
    const milli = relevant.reduce((sum, [, { cpu, memoryBytes }]) => {
      // Quantities round up to a thousandth.
      return sum + (name === 'cpu' ? Math.ceil(cpu * 1000) : memoryBytes * 1000);
    }, 0);
    const { atMs, windowMs } = first[1];
    values.set(metadata.name, { milli, atMs, windowMs });
  }
  return values;
}
