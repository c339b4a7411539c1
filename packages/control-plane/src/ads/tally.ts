import { PUSH_ORDER, type ResourceType } from '../resource-type.js';

/** Why a stream was not served, or not any longer. */
export type RefusalCause = 'streams' | 'limit' | 'malformed' | 'unauthenticated' | 'unavailable' | 'closing';

const CAUSES: readonly RefusalCause[] = [
  'streams',
  'limit',
  'malformed',
  'unauthenticated',
  'unavailable',
  'closing',
];

/** Upper bounds of the age of a change when a client has taken it over (s): from one on this machine to one that hangs. */
export const AGE_BOUNDS_S: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

const zeros = <Key extends string>(keys: readonly Key[]): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;

/** Counts what the streams of a control plane do, since it was made. */
export class Tally {
  readonly responses: Record<ResourceType, number> = zeros(PUSH_ORDER);
  readonly bytes: Record<ResourceType, number> = zeros(PUSH_ORDER);
  readonly nacks: Record<ResourceType, number> = zeros(PUSH_ORDER);
  readonly refused: Record<RefusalCause, number> = zeros(CAUSES);
  /** How many ages were at most each bound, and, last, above all of them. */
  readonly ages: number[] = [...AGE_BOUNDS_S, 0].map(() => 0);
  ageSumMs = 0;
  /** Told of each age (ms), for instruments that count by themselves. */
  onAge: ((ms: number) => void) | undefined;

  sent(type: ResourceType, bytes: number): void {
    this.responses[type] += 1;
    this.bytes[type] += bytes;
  }

  /** A client took over a change that is this old. Clocks may be set back: never below 0. */
  aged(ms: number): void {
    const age = Math.max(0, ms);
    const seconds = age / 1_000;
    const index = AGE_BOUNDS_S.findIndex((bound) => seconds <= bound);
    const slot = index < 0 ? AGE_BOUNDS_S.length : index;
    this.ages[slot] = (this.ages[slot] ?? 0) + 1;
    this.ageSumMs += age;
    this.onAge?.(age);
  }
}
