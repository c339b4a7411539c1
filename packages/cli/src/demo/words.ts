/** A count as people read it: `1,862`. */
export const count = (n: number): string => n.toLocaleString('en');

/** A duration as context: `35 ms`, `3.2 s`. */
export const took = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

/** `0 of 1,862 calls failed` */
export function lost({
  calls,
  failures,
}: {
  readonly calls: number;
  readonly failures: readonly unknown[];
}): string {
  return `${count(failures.length)} of ${count(calls)} calls failed`;
}
