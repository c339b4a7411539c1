import { setTimeout as pause } from 'node:timers/promises';
import type { Step } from './plan.js';
import type { Stage } from './stage.js';

/** What an action did, and what ends its trouble; what has no end of its own needs none. */
export interface Done {
  readonly what: string;
  readonly restore?: () => Promise<unknown>;
}

export type Dice = Step['dice'];
export type Action = (stage: Stage, dice: Dice) => Promise<Done>;

/** Where a die falls between two numbers. */
export const between = (least: number, most: number, die: number): number => least + die * (most - least);

/** Nothing is left to take: the plan goes on as it would have. */
export const skipped = (why: string): Done => ({ what: `skipped: ${why}` });

/** Trouble that a timer ends. */
export function forAWhile(ms: number, end: () => unknown): () => Promise<unknown> {
  const over = pause(ms).then(end);
  return () => over;
}
