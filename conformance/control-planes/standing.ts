import type { Estimate } from '#benchmarks/statistics.js';
import type { Found } from './behaviour.js';
import type { Contestant } from './contestants.js';
import { bytesPerClient, compare, figureOf, type Metric, type Taken } from './figures.js';
import type { Measured } from './measure.js';
import { digits, interval, METRICS, title } from './words.js';

/** What is judged of each other. */
export interface Compared {
  readonly measured: readonly Measured[];
  /** By id of the contestant. */
  readonly behaviour: ReadonlyMap<string, readonly Found[]>;
  /** The first is ours. */
  readonly contestants: readonly Pick<Contestant, 'id' | 'name'>[];
}

/** By name of the contestant, ours first. */
export type Rows = readonly { readonly name: string; readonly taken: Taken }[];

/** What was measured of each, in order. */
export function rowsOf({ taken }: Measured, contestants: Compared['contestants']): Rows {
  return contestants.flatMap(({ id, name }) => {
    const found = taken.get(id);
    return found === undefined ? [] : [{ name, taken: found }];
  });
}

/** How far A/A may be from 1. */
export const STEADY = 0.1;

/** By so much must figures differ that were taken once, to be told apart: a tenth, the double. */
const ONCE = { memory: 0.1, time: 1 };

/** What is said of each subject, one piece for each other contestant. */
type Lines = Map<string, string[]>;

interface Standing {
  readonly behind: Lines;
  readonly ahead: Lines;
}

interface Verdict extends Pick<Estimate, 'low' | 'high'> {
  readonly subject: string;
  readonly text: string;
}

/** Puts what was found where a ratio says: its interval lies on one side of 1. */
function put({ behind, ahead }: Standing, { low, high, subject, text }: Verdict): void {
  const lines = low > 1 ? behind : high < 1 ? ahead : undefined;
  lines?.set(subject, [...(lines.get(subject) ?? []), text]);
}

/** A figure that was taken once, as if it were so sure. */
const within = (ratio: number, share: number): Pick<Estimate, 'low' | 'high'> => ({
  low: ratio / (1 + share),
  high: ratio * (1 + share),
});

const steady = (taken: Taken, metric: Metric): boolean =>
  Math.abs(figureOf(taken, metric).control - 1) <= STEADY;

function placeFigures(standing: Standing, measured: Measured, [ours, ...others]: Rows): void {
  if (ours === undefined) return;
  const { setting } = measured;
  for (const { name, taken } of others) {
    const place = (what: string, text: string, ends: Pick<Estimate, 'low' | 'high'>): void =>
      put(standing, { ...ends, subject: `${title(setting)}, ${what}`, text: `${text} × ${name}` });
    for (const { metric, title: what } of METRICS) {
      if (!steady(ours.taken, metric) || !steady(taken, metric)) continue;
      const ratio = compare(ours.taken, taken, metric);
      place(what, interval(ratio), ratio);
    }
    const alone = ours.taken.aloneBytes / taken.aloneBytes;
    place('memory before the first client', digits(alone), within(alone, ONCE.memory));
    const added = bytesPerClient(ours.taken, setting.clients) / bytesPerClient(taken, setting.clients);
    place('memory that a client adds', digits(added), within(added, ONCE.memory));
  }
}

function placeBehaviour(standing: Standing, { behaviour, contestants }: Compared): void {
  const [ours, ...others] = contestants;
  for (const { situation, afterMs: mine } of behaviour.get(ours?.id ?? '') ?? []) {
    for (const { id, name } of others) {
      const { afterMs: theirs } = behaviour.get(id)?.find((found) => found.situation === situation) ?? {};
      if (mine === undefined || theirs === undefined) continue;
      const subject = `${situation}, ${mine.toFixed(0)} ms`;
      put(standing, {
        ...within(mine / theirs, ONCE.time),
        subject,
        text: `${name} ${theirs.toFixed(0)} ms`,
      });
    }
  }
}

const listOf = (lines: Lines): string[] =>
  [...lines].map(([subject, texts]) => `- ${subject}: ${texts.join(', ')}`);

/** Where Fairlead is behind and where it is ahead, a line of a list for each figure. */
export function standingOf(content: Compared): { readonly behind: string[]; readonly ahead: string[] } {
  const standing: Standing = { behind: new Map(), ahead: new Map() };
  for (const each of content.measured) placeFigures(standing, each, rowsOf(each, content.contestants));
  placeBehaviour(standing, content);
  return { behind: listOf(standing.behind), ahead: listOf(standing.ahead) };
}
