import { quantityValue } from '../../api/kinds/quantity.js';
import type { PodObject } from '../objects.js';
import type { MetricReading } from './metric-source.js';
import type { MetricSpec, MetricTarget } from './objects.js';
import { decimalQuantity } from './quantities.js';
import { type CountInput, countByAverage, countByUtilization, type Proposal } from './replica-count.js';
import { podRequests } from './requests.js';

/** What one metric asks for. */
interface Evaluated {
  readonly replicas: number;
  /** The metric's name in messages. */
  readonly name: string;
  readonly status: object;
}

/** Why a metric asks for nothing: a reason of a condition and a text. */
interface Failure {
  readonly reason: string;
  readonly error: string;
}

/** What all metrics of an autoscaler ask for together. */
export interface Evaluation {
  /** The most that a metric asks for; absent when it cannot be told. */
  readonly best?: { readonly replicas: number; readonly metric: string };
  readonly statuses: readonly object[];
  readonly failures: readonly Failure[];
  /** What is wrong as a whole. */
  readonly error?: string;
}

/** What a calculation needs beside the metric. */
export type Surroundings = Omit<CountInput, 'metrics' | 'resource'>;

const REASON: Readonly<Record<string, string>> = {
  Resource: 'FailedGetResourceMetric',
  ContainerResource: 'FailedGetContainerResourceMetric',
  Pods: 'FailedGetPodsMetric',
  Object: 'FailedGetObjectMetric',
  External: 'FailedGetExternalMetric',
};

/**
 * Takes the metric that asks for the most replicas. When some cannot be read, the others may add replicas but not take
 * any away; when none can, nothing is changed.
 */
export function evaluate(
  metrics: readonly MetricSpec[],
  readings: readonly MetricReading[],
  surroundings: Surroundings,
): Evaluation {
  const evaluated: Evaluated[] = [];
  const failures: Failure[] = [];
  for (const [index, spec] of metrics.entries()) {
    try {
      evaluated.push(evaluateOne(spec, readings[index], surroundings));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      failures.push({ reason: REASON[spec.type] ?? 'InvalidMetricSourceType', error: text });
    }
  }
  const statuses = evaluated.map(({ status }) => status);
  const best = evaluated.reduce<Evaluated | undefined>(
    (most, each) => (most && most.replicas >= each.replicas ? most : each),
    undefined,
  );
  const [first] = failures;
  if (!best || (first && best.replicas < surroundings.currentReplicas)) {
    const why = `invalid metrics (${failures.length} invalid out of ${metrics.length})`;
    const [spec] = metrics.filter(({ type }) => (REASON[type] ?? '') === first?.reason);
    return {
      statuses,
      failures,
      error: `${why}, first error is: failed to get ${errorName(spec)}: ${first?.error ?? ''}`,
    };
  }
  return { best: { replicas: best.replicas, metric: best.name }, statuses, failures };
}

function errorName(spec: MetricSpec | undefined): string {
  const resource = spec?.resource ?? spec?.containerResource;
  if (resource) return `${resource.name} ${spec?.containerResource ? 'container' : 'resource'} metric value`;
  return spec?.pods ? 'pods metric value' : `${(spec?.type ?? '').toLowerCase()} metric value`;
}

function evaluateOne(
  spec: MetricSpec,
  reading: MetricReading | undefined,
  surroundings: Surroundings,
): Evaluated {
  if (!reading || 'error' in reading) {
    const why = reading && 'error' in reading ? reading.error : 'it was not read';
    throw new Error(`${failedTo(spec)}${why}`);
  }
  const input = { ...surroundings, metrics: reading.values };
  if (spec.pods) {
    const { metric, target } = spec.pods;
    const proposal = countByAverage(input, milli(target.averageValue));
    const current = { averageValue: decimalQuantity(proposal.averageMilli) };
    return {
      ...proposal,
      name: `pods metric ${metric.name}`,
      status: { type: 'Pods', pods: { metric, current } },
    };
  }
  return evaluateResource(spec, input);
}

function failedTo({ resource, containerResource }: MetricSpec): string {
  const { name } = resource ?? containerResource ?? {};
  return name === undefined ? '' : `failed to get ${name} utilization: `;
}

function evaluateResource(spec: MetricSpec, input: Omit<CountInput, 'resource'>): Evaluated {
  const ofContainer = spec.containerResource;
  const source = spec.resource ?? ofContainer;
  if (!source) throw new Error(`unknown metric source type "${spec.type}"`);
  const { name, target } = source;
  try {
    const proposal = propose(target, { ...input, resource: name }, () =>
      podRequests(input.pods as readonly PodObject[], name, ofContainer?.container),
    );
    const current = {
      averageValue: decimalQuantity(proposal.averageMilli),
      ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }),
    };
    const kind = ofContainer ? 'container resource' : 'resource';
    const share = proposal.utilization === undefined ? '' : ' utilization (percentage of request)';
    return {
      ...proposal,
      name: `${name} ${kind}${share}`,
      status: ofContainer
        ? {
            type: 'ContainerResource',
            containerResource: { name, container: ofContainer.container, current },
          }
        : { type: 'Resource', resource: { name, current } },
    };
  } catch (error) {
    throw new Error(`${failedTo(spec)}${error instanceof Error ? error.message : String(error)}`);
  }
}

function propose(
  target: MetricTarget,
  input: CountInput,
  requests: () => ReadonlyMap<string, number>,
): Proposal {
  if (target.averageValue !== undefined) return countByAverage(input, milli(target.averageValue));
  if (target.averageUtilization !== undefined) {
    return countByUtilization(input, target.averageUtilization, requests());
  }
  throw new Error('invalid resource metric source: neither a utilization target nor a value target was set');
}

function milli(quantity: string | undefined): number {
  return Math.ceil(quantityValue(quantity ?? '') * 1000);
}
