import type { PodObject } from '../objects.js';
import { podCondition } from '../pod.js';

/** What a pod's metric is; values are thousandths, as quantities count. */
export interface PodMetric {
  readonly milli: number;
  /** When it was measured. Absent where nobody needs to know. */
  readonly atMs?: number;
  /** Over how long it was measured. */
  readonly windowMs?: number;
}

/** A number of replicas, and what the metric was that it follows from. */
export interface Proposal {
  readonly replicas: number;
  /** Thousandths per pod. */
  readonly averageMilli: number;
  /** Percent of what the pods request; for targets of utilization. */
  readonly utilization?: number;
}

/** Times and tolerances of the calculation. */
export interface CountOptions {
  readonly nowMs: number;
  /** A pod's CPU may be that of its start for so long after it. */
  readonly cpuInitializationMs: number;
  /** A pod that became unready so soon after its start never was ready. */
  readonly initialReadinessMs: number;
  /** How far the ratio of metric and target may be from 1 without a change, downwards and upwards. */
  readonly tolerance: { readonly down: number; readonly up: number };
}

/** Everything that a calculation looks at. */
export interface CountInput extends CountOptions {
  readonly currentReplicas: number;
  /** All pods that the target's selector fits. */
  readonly pods: readonly PodObject[];
  /** By pod name. */
  readonly metrics: ReadonlyMap<string, PodMetric>;
  /** The resource that the metric is of; what is known of new pods is doubted for `cpu` alone. */
  readonly resource?: string;
}

/** Replicas so that the pods use `target` percent of what they request; `requests` in thousandths by pod name. */
export function countByUtilization(
  input: CountInput,
  target: number,
  requests: ReadonlyMap<string, number>,
): Proposal {
  const groups = groupPods(input);
  const { ratio, utilization, averageMilli } = utilizationRatio(groups.metrics, requests, target);
  const replicas = count(input, groups, {
    ratio,
    // At least the whole request, also where the target is above it.
    missing: (pod) => ((requests.get(pod) ?? 0) * Math.max(100, target)) / 100,
    ratioOf: (metrics) => utilizationRatio(metrics, requests, target).ratio,
  });
  return { replicas, utilization, averageMilli };
}

/** Replicas so that the metric is `targetMilli` per pod. */
export function countByAverage(input: CountInput, targetMilli: number): Proposal {
  const groups = groupPods(input);
  const ratioOf = (metrics: ReadonlyMap<string, PodMetric>) => average(metrics) / targetMilli;
  const replicas = count(input, groups, {
    ratio: ratioOf(groups.metrics),
    missing: () => targetMilli,
    ratioOf,
  });
  return { replicas, averageMilli: average(groups.metrics) };
}

interface Groups {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** Those of ready pods. */
  readonly metrics: Map<string, PodMetric>;
}

function groupPods(input: CountInput): Groups {
  const { pods, metrics } = input;
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const unready: string[] = [];
  const missing: string[] = [];
  const used = new Map<string, PodMetric>();
  for (const pod of pods) {
    const { name } = pod.metadata;
    if (pod.metadata.deletionTimestamp || pod.status?.phase === 'Failed') continue;
    const metric = metrics.get(name);
    if ((pod.status?.phase ?? 'Pending') === 'Pending') unready.push(name);
    else if (!metric) missing.push(name);
    else if (input.resource === 'cpu' && isStarting(pod, metric, input)) unready.push(name);
    else used.set(name, metric);
  }
  if (used.size === 0) throw new Error('did not receive metrics for any ready pods');
  return { ready: used.size, unready, missing, metrics: used };
}

/** Whether a pod's use of CPU may be that of its start. */
function isStarting(pod: PodObject, { atMs = 0, windowMs = 0 }: PodMetric, options: CountOptions): boolean {
  const condition = podCondition(pod, 'Ready');
  const startMs = Date.parse(pod.status?.startTime ?? '');
  if (!condition || Number.isNaN(startMs)) return true;
  const changedMs = Date.parse(condition.lastTransitionTime ?? '') || 0;
  const notReady = condition.status === 'False';
  if (startMs + options.cpuInitializationMs > options.nowMs) return notReady || atMs < changedMs + windowMs;
  return notReady && startMs + options.initialReadinessMs > changedMs;
}

interface Ratio {
  readonly ratio: number;
  /** What a pod without a metric is taken to have when the number goes down. */
  missing(pod: string): number;
  ratioOf(metrics: ReadonlyMap<string, PodMetric>): number;
}

/**
 * `ceil(ratio × pods)`. Pods whose metric is not known are taken to have what holds a change back: all when it goes
 * down, nothing when it goes up; a change that would then go the other way is none.
 */
function count(input: CountInput, groups: Groups, { ratio, missing, ratioOf }: Ratio): number {
  const { currentReplicas } = input;
  const withUnready = groups.unready.length > 0 && ratio > 1;
  if (!withUnready && groups.missing.length === 0) {
    return isTolerated(input, ratio) ? currentReplicas : Math.ceil(roundOff(ratio * groups.ready));
  }
  const metrics = new Map(groups.metrics);
  for (const pod of groups.missing) {
    if (ratio < 1) metrics.set(pod, { milli: missing(pod) });
    else if (ratio > 1) metrics.set(pod, { milli: 0 });
  }
  if (withUnready) for (const pod of groups.unready) metrics.set(pod, { milli: 0 });
  const next = ratioOf(metrics);
  if (isTolerated(input, next) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) return currentReplicas;
  const replicas = Math.ceil(roundOff(next * metrics.size));
  const turns = (next < 1 && replicas > currentReplicas) || (next > 1 && replicas < currentReplicas);
  return turns ? currentReplicas : replicas;
}

function isTolerated({ tolerance }: CountOptions, ratio: number): boolean {
  return ratio >= 1 - tolerance.down && ratio <= 1 + tolerance.up;
}

/** 3 × 1.1 is a little more than 3.3 in binary: a pod is not added for that. */
function roundOff(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function utilizationRatio(
  metrics: ReadonlyMap<string, PodMetric>,
  requests: ReadonlyMap<string, number>,
  target: number,
): { ratio: number; utilization: number; averageMilli: number } {
  const known = [...metrics].filter(([pod]) => requests.has(pod));
  const used = known.reduce((sum, [, { milli }]) => sum + milli, 0);
  const requested = known.reduce((sum, [pod]) => sum + (requests.get(pod) ?? 0), 0);
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, utilization, averageMilli: Math.trunc(used / known.length) };
}

function average(metrics: ReadonlyMap<string, PodMetric>): number {
  const sum = [...metrics.values()].reduce((total, { milli }) => total + milli, 0);
  return Math.trunc(sum / metrics.size);
}
