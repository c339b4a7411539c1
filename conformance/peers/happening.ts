/** A moment at which the set of ready pods changed. */
export interface Change {
  readonly atMs: number;
  readonly ready: ReadonlySet<string>;
}

/** What happened in the cluster during one event, as its EndpointSlices said. Times are epoch milliseconds. */
export interface Happening {
  /** Just before the event was caused. */
  readonly startMs: number;
  /** When the slices reached their final state. */
  readonly settledMs: number;
  readonly endMs: number;
  /** The pods that were ready at the end. */
  readonly ready: readonly string[];
  /** Pods that became ready during the event, with when a slice first said so. */
  readonly arrived: ReadonlyMap<string, number>;
  /** Spans in which no pod was ready. */
  readonly empty: readonly { readonly fromMs: number; readonly toMs: number }[];
}

type Times = Pick<Happening, 'startMs' | 'settledMs' | 'endMs'>;

/** What the observer's changes say about an event; the first is the state before it. */
export function happeningOf(changes: readonly Change[], times: Times): Happening {
  const arrived = new Map<string, number>();
  const empty: { fromMs: number; toMs: number }[] = [];
  for (const [index, { atMs, ready }] of changes.entries()) {
    const before = changes[index - 1]?.ready;
    if (before) for (const pod of ready) if (!before.has(pod)) arrived.set(pod, atMs);
    if (ready.size === 0) empty.push({ fromMs: atMs, toMs: changes[index + 1]?.atMs ?? times.endMs });
  }
  return { ...times, ready: [...(changes.at(-1)?.ready ?? [])], arrived, empty };
}
