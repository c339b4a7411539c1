import { kubeTime } from '../../api/clock.js';
import { quantityValue } from '../../api/kinds/quantity.js';
import type { KindInfo } from '../../api/kinds.js';
import { ApiStatus } from '../../api/status.js';
import { type Controller, type ControllerContext, createController, keyOf, splitKey } from '../controller.js';
import { recordEvent } from '../events.js';
import type { Condition } from '../objects.js';
import { writeStatus } from '../write-status.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { type History, limit, newHistory, withChange } from './limits.js';
import { type MetricReading, type MetricSource, readMetric } from './metric-source.js';
import type { AutoscalerObject, AutoscalerStatus } from './objects.js';
import { ambiguity, findTarget, type Target } from './target.js';

/** Times of the autoscaler. */
export interface AutoscalerOptions {
  /** Time between two looks at the metrics. Default 5 s; upstream's is 15 s. */
  readonly syncMs?: number;
  /** How long after its start a pod's CPU may be that of its start. Default 300 s, as upstream. */
  readonly cpuInitializationMs?: number;
  /** A pod that became unready so soon after its start never was ready. Default 30 s, as upstream. */
  readonly initialReadinessMs?: number;
  /** How long fewer replicas must have been enough. Default 300 s, as upstream; an autoscaler's behaviour overrides it. */
  readonly downscaleWindowMs?: number;
  /** How far metric and target may differ without a change. Default 0.1, as upstream. */
  readonly tolerance?: number;
}

const AUTOSCALERS = 'horizontalpodautoscalers';
const COMPONENT = 'horizontal-pod-autoscaler';

/** Scales what HorizontalPodAutoscalers name by the metrics of its pods. */
export function createAutoscaler(
  context: ControllerContext & { readonly kinds: readonly KindInfo[]; readonly metrics: MetricSource },
  options: AutoscalerOptions = {},
): Controller {
  return new Autoscaler(context, options).controller;
}

/** Conditions by type, in the order in which they were first set. */
type Conditions = Map<string, Pick<Condition, 'status' | 'reason' | 'message'>>;

class Autoscaler {
  readonly controller: Controller;
  readonly #context: ControllerContext & {
    readonly kinds: readonly KindInfo[];
    readonly metrics: MetricSource;
  };
  readonly #options: Required<AutoscalerOptions>;
  readonly #histories = new Map<string, History>();
  /** Readings that have come in and are not used yet. */
  readonly #readings = new Map<string, readonly MetricReading[]>();
  readonly #reading = new Set<string>();

  constructor(
    context: ControllerContext & { readonly kinds: readonly KindInfo[]; readonly metrics: MetricSource },
    options: AutoscalerOptions,
  ) {
    this.#context = context;
    this.#options = {
      syncMs: 5000,
      cpuInitializationMs: 300_000,
      initialReadinessMs: 30_000,
      downscaleWindowMs: 300_000,
      tolerance: 0.1,
      ...options,
    };
    this.controller = createController({
      ...context,
      name: 'autoscaler',
      watches: [
        {
          resource: AUTOSCALERS,
          // Its own status is no reason to look again.
          keys: ({ object, old }) =>
            object.metadata.generation === old?.metadata.generation ? [] : [keyOf(object)],
        },
      ],
      reconcile: (key) => this.#reconcile(key),
    });
  }

  /** Metrics take time: what is read first is used when the key is due again. */
  #reconcile(key: string): number | undefined {
    const { namespace, name } = splitKey(key);
    const autoscaler = this.#context.api.get(AUTOSCALERS, namespace, name) as AutoscalerObject | undefined;
    if (!autoscaler) {
      this.#histories.delete(key);
      this.#readings.delete(key);
      return undefined;
    }
    const readings = this.#readings.get(key);
    if (readings) {
      this.#readings.delete(key);
      this.#scale(key, autoscaler, readings);
      return this.#options.syncMs;
    }
    if (!this.#reading.has(key)) {
      this.#reading.add(key);
      void this.#read(autoscaler).then((read) => {
        this.#reading.delete(key);
        this.#readings.set(key, read);
        this.controller.enqueue(key);
      });
    }
    return undefined;
  }

  async #read(autoscaler: AutoscalerObject): Promise<readonly MetricReading[]> {
    const { metrics } = this.#context;
    try {
      const { pods } = findTarget(this.#context, autoscaler);
      return await Promise.all(
        (autoscaler.spec.metrics ?? []).map((spec) => readMetric(metrics, spec, pods)),
      );
    } catch {
      // What is wrong with the target is said when it is to be scaled.
      return [];
    }
  }

  #scale(key: string, autoscaler: AutoscalerObject, readings: readonly MetricReading[]): void {
    const conditions: Conditions = new Map();
    for (const { type, status, reason, message } of autoscaler.status?.conditions ?? []) {
      conditions.set(type, { status, ...(reason ? { reason } : {}), ...(message ? { message } : {}) });
    }
    let target: Target;
    try {
      target = findTarget(this.#context, autoscaler);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#say(autoscaler, 'Warning', 'FailedGetScale', why);
      const message = `the HPA controller was unable to get the target's current scale: ${why}`;
      conditions.set('AbleToScale', { status: 'False', reason: 'FailedGetScale', message });
      this.#write(autoscaler, conditions, {});
      return;
    }
    const got = "the HPA controller was able to get the target's current scale";
    conditions.set('AbleToScale', { status: 'True', reason: 'SucceededGetScale', message: got });
    const wish = this.#wish(key, { autoscaler, target, readings, conditions });
    this.#apply(key, { autoscaler, target, conditions, wish });
  }

  /** How many replicas there should be, and why; undefined: that cannot be told, and nothing is changed. */
  #wish(key: string, { autoscaler, target, readings, conditions }: Look): Wish | undefined {
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    const { replicas } = target;
    if (replicas === 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      conditions.set('ScalingActive', { status: 'False', reason: 'ScalingDisabled', message });
      return { replicas: 0, why: '', statuses: [] };
    }
    if (replicas > maxReplicas) {
      return {
        replicas: maxReplicas,
        why: 'Current number of replicas above Spec.MaxReplicas',
        statuses: [],
      };
    }
    if (replicas < minReplicas) {
      return {
        replicas: minReplicas,
        why: 'Current number of replicas below Spec.MinReplicas',
        statuses: [],
      };
    }
    const ambiguous = ambiguity(this.#context, AUTOSCALERS, target);
    if (ambiguous !== undefined) {
      const reason = 'AmbiguousSelector';
      conditions.set('ScalingActive', { status: 'False', reason, message: ambiguous });
      this.#say(autoscaler, 'Warning', reason, ambiguous);
      this.#say(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', ambiguous);
      return undefined;
    }
    const evaluation = this.#evaluate(autoscaler, target, readings);
    for (const { reason, error } of evaluation.failures) this.#say(autoscaler, 'Warning', reason, error);
    if (!evaluation.best) {
      const [first] = evaluation.failures;
      const message = `the HPA was unable to compute the replica count: ${first?.error ?? ''}`;
      conditions.set('ScalingActive', { status: 'False', reason: first?.reason ?? '', message });
      this.#say(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', evaluation.error ?? '');
      return undefined;
    }
    const { best } = evaluation;
    const message = `the HPA was able to successfully calculate a replica count from ${best.metric}`;
    conditions.set('ScalingActive', { status: 'True', reason: 'ValidMetricFound', message });
    const within = this.#limit(key, { autoscaler, conditions, current: replicas, desired: best.replicas });
    const why = best.replicas > replicas ? `${best.metric} above target` : 'All metrics below target';
    return { replicas: within, why, statuses: evaluation.statuses };
  }

  #evaluate(autoscaler: AutoscalerObject, target: Target, readings: readonly MetricReading[]): Evaluation {
    const { cpuInitializationMs, initialReadinessMs, tolerance } = this.#options;
    const { scaleUp, scaleDown } = autoscaler.spec.behavior ?? {};
    const own = (text: string | undefined) => (text === undefined ? tolerance : quantityValue(text));
    return evaluate(autoscaler.spec.metrics ?? [], readings, {
      nowMs: this.#context.clock.now(),
      cpuInitializationMs,
      initialReadinessMs,
      tolerance: { down: own(scaleDown?.tolerance), up: own(scaleUp?.tolerance) },
      currentReplicas: target.replicas,
      pods: target.pods,
    });
  }

  #limit(key: string, { autoscaler, conditions, current, desired }: Limiting): number {
    const nowMs = this.#context.clock.now();
    const result = limit({
      spec: autoscaler.spec,
      currentReplicas: current,
      desiredReplicas: desired,
      history: this.#histories.get(key) ?? newHistory(current, nowMs),
      nowMs,
      downscaleWindowMs: this.#options.downscaleWindowMs,
    });
    this.#histories.set(key, result.history);
    conditions.set('AbleToScale', { status: 'True', ...result.stability });
    conditions.set('ScalingLimited', { status: result.limited ? 'True' : 'False', ...result.limit });
    return result.replicas;
  }

  #apply(key: string, { autoscaler, target, conditions, wish }: Decision): void {
    const { api, clock } = this.#context;
    const { replicas: from } = target;
    const before = autoscaler.status;
    if (!wish || wish.replicas === from) {
      const desiredReplicas = wish ? from : (before?.desiredReplicas ?? 0);
      const currentMetrics = wish ? wish.statuses : before?.currentMetrics;
      this.#write(autoscaler, conditions, { currentReplicas: from, desiredReplicas, currentMetrics });
      return;
    }
    const { replicas: to, why } = wish;
    const { name, namespace } = target.object.metadata;
    const change = { currentReplicas: from, currentMetrics: wish.statuses };
    try {
      api.modify(
        target.kind.resource,
        namespace,
        name,
        (scale) => {
          scale.spec = { replicas: to };
        },
        {
          subresource: 'scale',
        },
      );
    } catch (error) {
      const text = error instanceof ApiStatus ? error.message : String(error);
      this.#say(autoscaler, 'Warning', 'FailedRescale', `New size: ${to}; reason: ${why}; error: ${text}`);
      const message = `the HPA controller was unable to update the target scale: ${text}`;
      conditions.set('AbleToScale', { status: 'False', reason: 'FailedUpdateScale', message });
      this.#write(autoscaler, conditions, { ...change, desiredReplicas: before?.desiredReplicas ?? 0 });
      return;
    }
    const nowMs = clock.now();
    const message = `the HPA controller was able to update the target scale to ${to}`;
    conditions.set('AbleToScale', { status: 'True', reason: 'SucceededRescale', message });
    this.#say(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${to}; reason: ${why}`);
    const history = this.#histories.get(key) ?? newHistory(from, nowMs);
    this.#histories.set(key, withChange(history, { from, to, atMs: nowMs }));
    this.#write(autoscaler, conditions, { ...change, desiredReplicas: to, lastScaleTime: kubeTime(nowMs) });
  }

  #say(about: AutoscalerObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    recordEvent(this.#context, COMPONENT, { about, type, reason, message });
  }

  #write(autoscaler: AutoscalerObject, conditions: Conditions, change: StatusChange): void {
    const before = autoscaler.status;
    const now = kubeTime(this.#context.clock.now());
    const status: AutoscalerStatus = {
      ...before,
      desiredReplicas: before?.desiredReplicas ?? 0,
      ...definedMembers(change),
      conditions: [...conditions].map(([type, condition]) => {
        const known = before?.conditions?.find((each) => each.type === type);
        const since = known?.status === condition.status ? known.lastTransitionTime : undefined;
        return { type, ...condition, lastTransitionTime: since ?? now };
      }),
    };
    writeStatus(this.#context.api, AUTOSCALERS, autoscaler, status);
  }
}

interface Look {
  readonly autoscaler: AutoscalerObject;
  readonly target: Target;
  readonly readings: readonly MetricReading[];
  readonly conditions: Conditions;
}

interface Wish {
  readonly replicas: number;
  readonly why: string;
  readonly statuses: readonly object[];
}

interface Limiting {
  readonly autoscaler: AutoscalerObject;
  readonly conditions: Conditions;
  readonly current: number;
  readonly desired: number;
}

interface Decision {
  readonly autoscaler: AutoscalerObject;
  readonly target: Target;
  readonly conditions: Conditions;
  readonly wish: Wish | undefined;
}

interface StatusChange {
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly lastScaleTime?: string;
  readonly currentMetrics?: readonly unknown[] | undefined;
}

function definedMembers(change: StatusChange): Partial<AutoscalerStatus> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
