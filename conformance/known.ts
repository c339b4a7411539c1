import { readFileSync } from 'node:fs';
import type { Case } from './part.js';

/** A difference that is accepted, as it stands in `known.json`. */
export interface KnownDifference {
  readonly part: string;
  readonly case: string;
  /** A piece of what the case got: a case that fails in another way is a new difference. */
  readonly got: string;
  /** Why it is accepted, in words that a Kubernetes maintainer would agree with. */
  readonly reason: string;
  /** It depends on the machine: nobody is told when it does not occur. */
  readonly sometimes?: boolean;
}

/** Differences of one run, told apart. */
export interface Judgement {
  /** Not in `known.json`: the command fails. */
  readonly fresh: readonly Case[];
  readonly accepted: readonly { readonly case: Case; readonly reason: string }[];
  /** Cases that ran and hold, or are gone, though `known.json` says that they differ. */
  readonly over: readonly KnownDifference[];
}

const FIELDS = ['part', 'case', 'got', 'reason'] as const;

/** Reads `known.json`; throws with the place of an entry that is not complete. */
export function parseKnown(text: string, where = 'known.json'): KnownDifference[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error(`${where}: accepted is a list of differences`);
  return value.map((entry: Partial<KnownDifference>, index) => {
    for (const field of FIELDS) {
      if (typeof entry[field] !== 'string' || entry[field] === '')
        throw new Error(`${where}: entry ${index + 1}: "${field}" is missing`);
    }
    return entry as KnownDifference;
  });
}

/** Reads the file of accepted differences. */
export const readKnown = (path: string): KnownDifference[] => parseKnown(readFileSync(path, 'utf8'), path);

/** The entry that accepts a difference. */
export const findKnown = (known: readonly KnownDifference[], found: Case): KnownDifference | undefined =>
  known.find((entry) => matches(entry, found));

const matches = (known: KnownDifference, found: Case): boolean =>
  known.part === found.part && known.case === found.case && found.got.includes(known.got);

/** Tells new differences from accepted ones; `parts` are those that ran to their end. */
export function judge(
  cases: readonly Case[],
  known: readonly KnownDifference[],
  parts: readonly string[],
): Judgement {
  const differences = cases.filter(({ ok }) => !ok);
  const accepted = differences.flatMap((found) => {
    const entry = findKnown(known, found);
    return entry ? [{ case: found, reason: entry.reason }] : [];
  });
  const excused = new Set(accepted.map((each) => each.case));
  return {
    fresh: differences.filter((found) => !excused.has(found)),
    accepted,
    over: known.filter(
      (entry) =>
        entry.sometimes !== true &&
        parts.includes(entry.part) &&
        !differences.some((found) => matches(entry, found)),
    ),
  };
}
