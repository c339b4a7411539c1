import type { AutoscalerObject, ScalingPolicy, ScalingRules } from './objects.js';

/** A number of replicas that was recommended, or by how many it was changed. */
interface Noted {
  readonly atMs: number;
  readonly replicas: number;
}

/** What the controller remembers of one autoscaler. */
export interface History {
  readonly recommendations: readonly Noted[];
  /** Replicas that were added. */
  readonly ups: readonly Noted[];
  /** Replicas that were taken away. */
  readonly downs: readonly Noted[];
}

/** Why a number of replicas is as it is: reason and message of a condition. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** A number of replicas within all limits. */
export interface Limited {
  readonly replicas: number;
  /** Whether the limits changed the number. */
  readonly limited: boolean;
  readonly limit: Verdict;
  readonly stability: Verdict;
  /** The history with this recommendation. */
  readonly history: History;
}

/** What is to be limited. */
export interface LimitInput {
  readonly spec: AutoscalerObject['spec'];
  readonly currentReplicas: number;
  /** What the metrics ask for. */
  readonly desiredReplicas: number;
  readonly history: History;
  readonly nowMs: number;
  /** How long a lower recommendation waits where the behaviour says nothing. */
  readonly downscaleWindowMs: number;
}

/** Without a behaviour no more than twice as many replicas at once, or four. Upstream's. */
const UP_FACTOR = 2;
const UP_LEAST = 4;
/** The longest period of a policy and the longest window that the API server accepts. */
const MEMORY_MS = 3_600_000;

const READY: Verdict = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const WITHIN: Verdict = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};
const TOO_FEW: Verdict = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const TOO_MANY: Verdict = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const UP_LIMIT: Verdict = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const DOWN_LIMIT: Verdict = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const UP_STABILIZED: Verdict = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const DOWN_STABILIZED: Verdict = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};

/** The history of an autoscaler that is looked at for the first time: what there is was recommended. */
export function newHistory(currentReplicas: number, nowMs: number): History {
  return { recommendations: [{ atMs: nowMs, replicas: currentReplicas }], ups: [], downs: [] };
}

/** The history after a change of the replicas. */
export function withChange(
  history: History,
  { from, to, atMs }: { from: number; to: number; atMs: number },
): History {
  const note = { atMs, replicas: Math.abs(to - from) };
  return to > from
    ? { ...history, ups: recent([...history.ups, note], atMs) }
    : { ...history, downs: recent([...history.downs, note], atMs) };
}

/** Keeps what the metrics ask for within minimum, maximum, rates, and what was asked for lately. */
export function limit(input: LimitInput): Limited {
  const { desiredReplicas, nowMs, history } = input;
  const { replicas: stable, verdict: stability } = stabilize(input);
  const rated = input.spec.behavior ? rateByPolicies(input, stable) : rateByDefault(input, stable);
  const noted = [...history.recommendations, { atMs: nowMs, replicas: desiredReplicas }];
  return {
    replicas: rated.replicas,
    limited: rated.replicas !== stable,
    limit: rated.verdict,
    stability,
    history: { ...history, recommendations: recent(noted, nowMs) },
  };
}

interface Step {
  readonly replicas: number;
  readonly verdict: Verdict;
}

function stabilize({
  spec,
  currentReplicas,
  desiredReplicas,
  history,
  nowMs,
  downscaleWindowMs,
}: LimitInput): Step {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  const grows = desiredReplicas >= currentReplicas;
  // Without a behaviour upstream holds back what is below a recent recommendation, whichever way it goes.
  const upwards = grows && spec.behavior !== undefined;
  const downSeconds = scaleDown?.stabilizationWindowSeconds;
  const windowMs = upwards
    ? (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000
    : downSeconds === undefined
      ? downscaleWindowMs
      : downSeconds * 1000;
  const recently = history.recommendations
    .filter(({ atMs }) => atMs > nowMs - windowMs)
    .map((each) => each.replicas);
  const replicas = upwards ? Math.min(desiredReplicas, ...recently) : Math.max(desiredReplicas, ...recently);
  if (replicas === desiredReplicas) return { replicas, verdict: READY };
  return { replicas, verdict: upwards ? UP_STABILIZED : DOWN_STABILIZED };
}

function rateByDefault({ spec, currentReplicas }: LimitInput, desired: number): Step {
  const { minReplicas = 1, maxReplicas } = spec;
  const upMost = Math.max(UP_FACTOR * currentReplicas, UP_LEAST);
  if (desired < minReplicas) return { replicas: minReplicas, verdict: TOO_FEW };
  if (desired <= Math.min(maxReplicas, upMost)) return { replicas: desired, verdict: WITHIN };
  return maxReplicas > upMost
    ? { replicas: upMost, verdict: UP_LIMIT }
    : { replicas: maxReplicas, verdict: TOO_MANY };
}

function rateByPolicies(input: LimitInput, desired: number): Step {
  const { spec, currentReplicas, history, nowMs } = input;
  const { minReplicas = 1, maxReplicas, behavior = {} } = spec;
  if (desired > currentReplicas) {
    const most = Math.max(
      currentReplicas,
      upLimit(currentReplicas, behavior.scaleUp, { noted: history.ups, nowMs }),
    );
    if (desired <= Math.min(most, maxReplicas)) return { replicas: desired, verdict: WITHIN };
    return maxReplicas > most
      ? { replicas: most, verdict: UP_LIMIT }
      : { replicas: maxReplicas, verdict: TOO_MANY };
  }
  if (desired < currentReplicas) {
    const changes = { noted: history.downs, nowMs };
    const least = Math.min(currentReplicas, downLimit(currentReplicas, behavior.scaleDown, changes));
    if (desired >= Math.max(least, minReplicas)) return { replicas: desired, verdict: WITHIN };
    return minReplicas < least
      ? { replicas: least, verdict: DOWN_LIMIT }
      : { replicas: minReplicas, verdict: TOO_FEW };
  }
  return { replicas: desired, verdict: WITHIN };
}

interface Changes {
  readonly noted: readonly Noted[];
  readonly nowMs: number;
}

/** The most replicas that the policies allow now; `Max` takes the policy that allows the greatest change. */
function upLimit(current: number, rules: ScalingRules = {}, changes: Changes): number {
  const { selectPolicy = 'Max', policies = [] } = rules;
  if (selectPolicy === 'Disabled') return current;
  const proposals = policies.map((policy) => {
    const start = current - changedWithin(policy, changes);
    // Rounded up: a small share of few pods would never add one.
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals);
}

/** The fewest replicas that the policies allow now. */
function downLimit(current: number, rules: ScalingRules = {}, changes: Changes): number {
  const { selectPolicy = 'Max', policies = [] } = rules;
  if (selectPolicy === 'Disabled') return current;
  const proposals = policies.map((policy) => {
    const start = current + changedWithin(policy, changes);
    return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals);
}

function changedWithin({ periodSeconds }: ScalingPolicy, { noted, nowMs }: Changes): number {
  const sinceMs = nowMs - periodSeconds * 1000;
  return noted.filter(({ atMs }) => atMs > sinceMs).reduce((sum, { replicas }) => sum + replicas, 0);
}

function recent(noted: readonly Noted[], nowMs: number): Noted[] {
  return noted.filter(({ atMs }) => atMs >= nowMs - MEMORY_MS);
}
