import type { SeenEndpoint } from '../client/messages.js';
import { usable } from '../cluster/slices.js';

/**
 * What broke a pod. `killed`: its processes ended without a word; `frozen`: they stand still. Nothing in the API says
 * so at that moment.
 */
export interface Fault {
  readonly kind: 'killed' | 'frozen';
  /** `ip:port`. */
  readonly peer: string;
  /** Just before it was done. */
  readonly fromMs: number;
  /** When it was done; for a frozen pod when it moved again, infinite until then. */
  untilMs: number;
}

/** Addresses that calls may go to, as of a time. */
interface Usable {
  readonly atMs: number;
  readonly keys: ReadonlySet<string>;
}

/** Kept for calls that end late (ms): their deadline and the longest stream's end are well below. */
const KEPT_MS = 120_000;

/** A pod that was broken may take so long to be called again (ms): its restart, its probe, the client's back-off. */
const RECOVERY_MS = 30_000;

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((key) => b.has(key));

/** A set of addresses over time. */
class Timeline {
  #changes: Usable[] = [];

  add(atMs: number, named: Iterable<string>): void {
    const keys = new Set(named);
    const last = this.#changes.at(-1);
    if (last !== undefined && same(last.keys, keys)) return;
    this.#changes.push({ atMs, keys });
    while (this.#changes.length > 1 && this.#changes[1]!.atMs < atMs - KEPT_MS) this.#changes.shift();
  }

  /** Every set that held at some time between the two. */
  between(fromMs: number, toMs: number): ReadonlySet<string>[] {
    return this.#changes
      .filter(({ atMs }, at) => atMs <= toMs && (this.#changes[at + 1]?.atMs ?? toMs) >= fromMs)
      .map(({ keys }) => keys);
  }
}

/** What was done to the cluster, and what its API said, over time. Times are monotonic (ms). */
export class ClusterHistory {
  readonly #api = new Timeline();
  #faults: Fault[] = [];
  /** Spans in which news of the API may come late, the last one open while it lasts. */
  readonly #late: { readonly fromMs: number; untilMs: number }[] = [];

  /** From now on news may be late: something is done to the API server, to the ways to it, or to control planes. */
  newsLate(atMs: number): void {
    if (this.#late.at(-1)?.untilMs !== Number.POSITIVE_INFINITY)
      this.#late.push({ fromMs: atMs, untilMs: Number.POSITIVE_INFINITY });
  }

  /** Everybody knows what the API says. */
  settled(atMs: number): void {
    const last = this.#late.at(-1);
    if (last?.untilMs === Number.POSITIVE_INFINITY) last.untilMs = atMs;
    while (this.#late.length > 0 && this.#late[0]!.untilMs < atMs - KEPT_MS) this.#late.shift();
  }

  /** Whether news may have been late at some time between the two. */
  lateWithin(fromMs: number, toMs: number): boolean {
    return this.#late.some((span) => span.fromMs <= toMs && span.untilMs >= fromMs);
  }

  /** What the API says from now on. */
  api(atMs: number, endpoints: readonly SeenEndpoint[]): void {
    this.#api.add(
      atMs,
      usable(endpoints).map(({ key }) => key),
    );
    this.#faults = this.#faults.filter(({ untilMs }) => untilMs > atMs - KEPT_MS);
  }

  broke(kind: Fault['kind'], peer: string, { fromMs, untilMs }: Pick<Fault, 'fromMs' | 'untilMs'>): Fault {
    const fault: Fault = { kind, peer, fromMs, untilMs };
    this.#faults.push(fault);
    return fault;
  }

  faultsOf(peer: string): readonly Fault[] {
    return this.#faults.filter((fault) => fault.peer === peer);
  }

  /** Every set of usable addresses that the API had at some time between the two. */
  usableBetween(fromMs: number, toMs: number): readonly ReadonlySet<string>[] {
    return this.#api.between(fromMs, toMs);
  }
}

/** What one client knew over time, of a cluster with this history: what its calls are judged by. */
export class History {
  readonly cluster: ClusterHistory;
  readonly #published = new Timeline();

  constructor(cluster: ClusterHistory) {
    this.cluster = cluster;
  }

  /** The addresses that the client may call from now on. */
  published(atMs: number, keys: Iterable<string>): void {
    this.#published.add(atMs, keys);
  }

  faultsOf(peer: string): readonly Fault[] {
    return this.cluster.faultsOf(peer);
  }

  /** True when the client knew the address at some time between the two. */
  publishedWithin(peer: string, fromMs: number, toMs: number): boolean {
    return this.#published.between(fromMs, toMs).some((keys) => keys.has(peer));
  }

  /** True when client and API both named the address all the time between the two. */
  namedThroughout(peer: string, fromMs: number, toMs: number): boolean {
    const sets = [...this.#published.between(fromMs, toMs), ...this.cluster.usableBetween(fromMs, toMs)];
    return sets.every((keys) => keys.has(peer));
  }

  /** Addresses that both the client and the API named all the time between the two, and that nothing had broken. */
  healthyThroughout(fromMs: number, toMs: number): string[] {
    const candidates = new Set(this.cluster.usableBetween(fromMs, toMs).flatMap((keys) => [...keys]));
    return [...candidates].filter(
      (peer) =>
        this.namedThroughout(peer, fromMs, toMs) &&
        !this.faultsOf(peer).some((fault) => fault.fromMs <= toMs && fault.untilMs >= fromMs - RECOVERY_MS),
    );
  }
}
