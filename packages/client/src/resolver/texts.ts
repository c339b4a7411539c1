import { describeUnavailable, type OpenedTarget } from '@fairlead/discovery';
import type { AnswerTexts } from './answers.js';

export interface TextOptions {
  readonly target: Pick<OpenedTarget, 'text' | 'asked'>;
  readonly maxStaleMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The texts of one target: gRFC A54 leaves the words to us, and the target comes first in all of them. */
export function answerTexts({ target, maxStaleMs, now }: TextOptions): AnswerTexts {
  const context = (waitedMs: number) => ({
    target,
    asked: target.asked,
    waitedMs,
    nowMs: now(),
    maxStaleMs,
  });
  return {
    ofSet: (set) =>
      set.unusableSinceMs === undefined && set.absence === undefined
        ? ''
        : `${target.text}: ${describeUnavailable(set, set.state, context(0))}`,
    ofState: (state, waitedMs = 0) =>
      `${target.text}: ${describeUnavailable(null, state ?? undefined, context(waitedMs))}`,
  };
}
