import { normalise } from './normalise.js';
import type { Step } from './script/step.js';
import type { Said } from './transcript.js';

/** A difference in short texts that can be compared by eye; equal ones: there is none. */
export interface Compared {
  readonly expected: string;
  readonly got: string;
}

const MAX_TEXT = 160;
const short = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);

/** The first line that the two do not share, or what one has more. */
function firstDifference(real: readonly string[], ours: readonly string[]): Compared | undefined {
  const length = Math.max(real.length, ours.length);
  for (let index = 0; index < length; index++) {
    const [expected, got] = [real[index], ours[index]];
    if (expected === got) continue;
    const at = `line ${index + 1}: `;
    return { expected: short(at + (expected ?? 'nothing')), got: short(at + (got ?? 'nothing')) };
  }
  return undefined;
}

/** The first line of ours that the real output has nowhere. */
function firstStranger(real: readonly string[], ours: readonly string[]): Compared | undefined {
  const known = new Set(real);
  const stranger = ours.find((line) => !known.has(line));
  return stranger === undefined
    ? undefined
    : { expected: 'only lines of the real output', got: short(stranger) };
}

/** Compares what a command said on a real cluster and on ours. */
export function compare({ subset, quiet, only }: Step, real: Said, ours: Said): Compared {
  if (real.exit !== ours.exit) {
    const said = ({ exit, stderr }: Said): string =>
      short(`exit ${exit}: ${normalise(stderr).split('\n')[0] ?? ''}`);
    return { expected: said(real), got: said(ours) };
  }
  if (quiet) return { expected: 'exit 0', got: `exit ${real.exit}` };
  const find = subset ? firstStranger : firstDifference;
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = (said: Said): string[] =>
      normalise(said[stream])
        .split('\n')
        .filter((line) => only?.test(line) ?? true);
    const difference = find(lines(real), lines(ours));
    if (difference) return difference;
  }
  const same = `exit ${real.exit}, ${real.stdout.length > 0 ? 'same output' : 'same text'}`;
  return { expected: same, got: same };
}
