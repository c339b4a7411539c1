import type { Entry } from '../candidates/entry.js';

/** Whether the endpoint's calls speak against it. */
export function isEjected({ load }: Entry): boolean {
  return load.verdict !== null && load.verdict.ejectedAtMs !== null;
}

/**
 * Envoy's panic threshold: when too few are left that are not ejected, all are used, because then the fault is
 * probably not the endpoints' and those that are left would break down under the calls of all.
 */
export function isPanic(planned: readonly Entry[], panicPercent: number): boolean {
  const ejected = planned.filter(isEjected).length;
  return (planned.length - ejected) * 100 < panicPercent * planned.length;
}
