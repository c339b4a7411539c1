import type { SeenEndpoint, View } from '../client/messages.js';
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

const keysOf = (endpoints: readonly SeenEndpoint[]): Set<string> =>
  new Set(usable(endpoints).map(({ key }) => key));

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((key) => b.has(key));

/** A set of addresses over time. */
class Timeline {
  #changes: Usable[] = [];

  add(atMs: number, endpoints: readonly SeenEndpoint[]): void {
    const keys = keysOf(endpoints);
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

/** What was done to the cluster and who knew what, over time: what a call is judged by. Times are monotonic (ms). */
export class History {
  readonly #published = new Timeline();
  readonly #api = new Timeline();
  #faults: Fault[] = [];

  /** What the client publishes from now on. */
  published({ atMs, endpoints }: View): void {
    this.#published.add(atMs, endpoints);
  }

  /** What the API says from now on. */
  api(atMs: number, endpoints: readonly SeenEndpoint[]): void {
    this.#api.add(atMs, endpoints);
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

  /** True when the client published the address at some time between the two. */
  publishedWithin(peer: string, fromMs: number, toMs: number): boolean {
    return this.#published.between(fromMs, toMs).some((keys) => keys.has(peer));
  }

  /** True when client and API both named the address all the time between the two. */
  namedThroughout(peer: string, fromMs: number, toMs: number): boolean {
    return [this.#published, this.#api].every((line) =>
      line.between(fromMs, toMs).every((keys) => keys.has(peer)),
    );
  }

  /** Addresses that both the client and the API named all the time between the two, and that nothing had broken. */
  healthyThroughout(fromMs: number, toMs: number): string[] {
    const candidates = new Set(this.#api.between(fromMs, toMs).flatMap((keys) => [...keys]));
    return [...candidates].filter(
      (peer) =>
        this.namedThroughout(peer, fromMs, toMs) &&
        !this.faultsOf(peer).some((fault) => fault.fromMs <= toMs && fault.untilMs >= fromMs - RECOVERY_MS),
    );
  }
}
