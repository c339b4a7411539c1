import { type Random, shuffled } from '#commands/random.js';

const CONTROL_PLANE_ACTION_NAMES = [
  'kill-control-plane',
  'drain-control-plane',
  'hang-control-plane',
  'lose-control-planes',
  'start-without-api',
] as const;

/** Everything that is done to control planes. */
export type ControlPlaneAction = (typeof CONTROL_PLANE_ACTION_NAMES)[number];

/** Everything that is done to the cluster, to the ways to its API, and to control planes. */
export const ACTION_NAMES = [
  ...CONTROL_PLANE_ACTION_NAMES,
  'scale',
  'rollout',
  'kill-pod',
  'delete-pod',
  'lose-node',
  'black-hole-node',
  'api-outage',
  'api-errors',
  'reset-watches',
  'compact',
  'slow-lists',
  'hold-watches',
  'partial-frames',
  'cut-frame',
  'clock-jump',
  'token-expiry',
  'rewrite-slices',
] as const;

export type ActionName = (typeof ACTION_NAMES)[number];

/** What an action needs for itself until its trouble is over: two that share something are not done at once. */
export function claimsOf(action: ActionName): readonly string[] {
  if (action === 'start-without-api') return ['control planes', 'api-outage'];
  const isControlPlane = (CONTROL_PLANE_ACTION_NAMES as readonly string[]).includes(action);
  return [isControlPlane ? 'control planes' : action];
}

/** Actions after which the API is heard of as ever. */
const ON_PODS_ALONE: ReadonlySet<ActionName> = new Set([
  ...(['scale', 'rollout', 'kill-pod', 'delete-pod', 'lose-node', 'black-hole-node'] as const),
  ...(['clock-jump', 'rewrite-slices'] as const),
]);

/** Whether clients may hear of the API late after an action, until all has settled. */
export function delaysNews(action: ActionName): boolean {
  return !ON_PODS_ALONE.has(action);
}

/** One action, with the dice that decide what of it is left open. */
export interface Step {
  readonly action: ActionName;
  /** Numbers in [0, 1). */
  readonly dice: readonly [number, number];
  /** Before the next step of the same burst (ms). */
  readonly pauseMs: number;
}

/** Actions that come close together, and what follows. */
export interface Burst {
  readonly steps: readonly Step[];
  /** Quiet after the cluster has settled (ms). */
  readonly calmMs: number;
}

const MOST_STEPS = 3;
const LONGEST_PAUSE_MS = 1_500;
/** Half of the bursts are followed by so much quiet: a watch that lives for 10 s lets the client's back-off start anew. */
const CALM_MS = 10_500;

/**
 * Endless bursts of one to three actions, after each of which the cluster settles. Every action comes once before
 * any comes again. The plan depends on the seed alone, never on what the cluster does.
 */
export function* planBursts(random: Random): Generator<Burst, never> {
  let deck: ActionName[] = [];
  for (;;) {
    const steps: Step[] = [];
    const size = 1 + Math.floor(random() * MOST_STEPS);
    while (steps.length < size) {
      if (deck.length === 0) deck = shuffled(ACTION_NAMES, random);
      const action = deck.pop()!;
      steps.push({ action, dice: [random(), random()], pauseMs: Math.floor(random() * LONGEST_PAUSE_MS) });
    }
    yield { steps, calmMs: random() < 0.5 ? CALM_MS : 0 };
  }
}
