import type { Assignment } from './assignment.js';

/** A response as a client heard it. */
export interface Heard {
  /** `monotonicMs`. */
  readonly atMs: number;
  readonly assignments: readonly Assignment[];
}

/** Addresses of all endpoints in a response. */
export const hostsOf = ({ assignments }: Heard): readonly string[] =>
  assignments.flatMap(({ hosts }) => hosts);

/** Whether a response says of a name that it has so many endpoints. */
export const says = (heard: Heard, endpoints: number): boolean =>
  heard.assignments.length > 0 && hostsOf(heard).length === endpoints;

/** What responses say, in words: the last that says anything counts. */
export function described(heard: readonly Heard[]): string {
  if (heard.length === 0) return 'nothing';
  const last = heard.findLast(({ assignments }) => assignments.length > 0);
  if (last === undefined) return 'a response without resources';
  const { length } = hostsOf(last);
  return length === 0 ? 'no endpoints' : `${length} endpoints`;
}
