import type { PodObject } from '../objects.js';

/** As upstream: 10 s after the first failure, twice as long after each further one, at most 10 min. */
const FIRST_MS = 10_000;
const MOST_MS = 600_000;

/** How often the pods of each Job failed since one of them succeeded. */
export class JobBackoff {
  readonly #records = new Map<string, { readonly failures: number; readonly lastMs: number }>();

  /** Takes in pods that have ended since the last call; tells how long no new pod may be made (ms). */
  waitMs(
    uid: string,
    ended: { succeeded: readonly PodObject[]; failed: readonly PodObject[] },
    nowMs: number,
  ): number {
    const { succeeded, failed } = ended;
    const lastGoodMs = Math.max(Number.NEGATIVE_INFINITY, ...succeeded.map((pod) => endedMs(pod, nowMs)));
    const counted = failed.map((pod) => endedMs(pod, nowMs)).filter((atMs) => atMs > lastGoodMs);
    const before = succeeded.length > 0 ? undefined : this.#records.get(uid);
    const failures = (before?.failures ?? 0) + counted.length;
    const lastMs = Math.max(before?.lastMs ?? Number.NEGATIVE_INFINITY, ...counted);
    if (failures === 0) {
      this.#records.delete(uid);
      return 0;
    }
    this.#records.set(uid, { failures, lastMs });
    return Math.max(0, lastMs + Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1)) - nowMs);
  }

  /** Nothing more is made for this Job. */
  forget(uid: string): void {
    this.#records.delete(uid);
  }
}

/** When the last container of a pod ended; now for one that never said. */
function endedMs({ status }: PodObject, nowMs: number): number {
  const containers = (status?.containerStatuses ?? []) as {
    state?: { terminated?: { finishedAt?: string } };
  }[];
  const times = containers
    .map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''))
    .filter((ms) => !Number.isNaN(ms));
  return times.length > 0 ? Math.max(...times) : nowMs;
}
