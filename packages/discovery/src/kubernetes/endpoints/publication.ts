import { type Endpoint, sameEndpoint } from '../../endpoint.js';

/** When more than half of the endpoints vanish at once, the wait is this many times longer. */
const MASS_FACTOR = 10;

type Endpoints = ReadonlyMap<string, Endpoint>;

/**
 * Decides when what the slices say becomes what sinks see. Facts that a slice states act at once: an endpoint is
 * there, is ready, is terminating, has another port. An endpoint that is merely gone from all slices stays for
 * `settleMs`, because the controller rewrites slices as create → update → delete and one may be in none for a moment;
 * when more than half are gone it stays ten times as long. One that was terminating when it went is gone at once.
 *
 * Pure: time is handed in. The caller calls `apply()` after each change and again at `wakeAtMs`.
 */
export class Publication {
  readonly #settleMs: number;
  readonly #published = new Map<string, Endpoint>();
  /** Published endpoints that no slice has, with the time since when. */
  readonly #held = new Map<string, number>();
  /** Keys that slices have and that are not published, because a held endpoint is the same pod. */
  #eclipsed = new Set<string>();

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** By key. Changes only in `apply()`. */
  get published(): Endpoints {
    return this.#published;
  }

  /** When `apply()` must be called although nothing changed; undefined while no endpoint is held. */
  get wakeAtMs(): number | undefined {
    if (this.#held.size === 0) return undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const sinceMs of this.#held.values()) first = Math.min(first, sinceMs);
    return first + this.#waitMs();
  }

  /**
   * Takes over what the slices say now (`truth`, by key). `changed` names the keys that may differ since the last
   * call. Returns the keys whose published endpoint is new, gone or another object.
   */
  apply(truth: Endpoints, changed: Iterable<string>, nowMs: number): ReadonlySet<string> {
    const keys = new Set([...changed, ...this.#held.keys(), ...this.#eclipsed]);
    const moved = new Set<string>();
    const gone = this.#gone(truth, keys);
    const siblings = siblingsOf(gone, truth);
    for (const endpoint of gone) {
      const others = siblings.get(endpoint.uid) ?? [];
      if (endpoint.terminating || others.some((other) => !isPartOf(other, endpoint))) {
        this.#drop(endpoint.key, moved);
      } else {
        this.#held.set(endpoint.key, Math.min(this.#held.get(endpoint.key) ?? nowMs, nowMs));
      }
    }
    this.#release(nowMs, moved);
    this.#eclipsed = new Set();
    for (const endpoint of gone) {
      if (!this.#held.has(endpoint.key)) continue;
      for (const part of siblings.get(endpoint.uid) ?? []) this.#eclipsed.add(part.key);
    }
    for (const key of keys) {
      const endpoint = truth.get(key);
      if (endpoint === undefined || this.#eclipsed.has(key)) continue;
      const old = this.#published.get(key);
      // One that was gone for a moment comes back as another object: who holds the old one must not notice.
      if (old !== undefined && (old === endpoint || sameEndpoint(old, endpoint))) continue;
      this.#published.set(key, endpoint);
      moved.add(key);
    }
    return moved;
  }

  /** Puts back an object that sinks hold, in the place of one that is the same as it. */
  restore(endpoint: Endpoint): void {
    this.#published.set(endpoint.key, endpoint);
  }

  #waitMs(): number {
    const many = this.#held.size * 2 > this.#published.size;
    return many ? this.#settleMs * MASS_FACTOR : this.#settleMs;
  }

  #gone(truth: Endpoints, keys: ReadonlySet<string>): Endpoint[] {
    const gone: Endpoint[] = [];
    for (const key of keys) {
      const endpoint = this.#published.get(key);
      if (truth.has(key)) this.#held.delete(key);
      else if (endpoint !== undefined) gone.push(endpoint);
    }
    return gone;
  }

  #drop(key: string, moved: Set<string>): void {
    this.#held.delete(key);
    this.#published.delete(key);
    moved.add(key);
  }

  #release(nowMs: number, moved: Set<string>): void {
    const waitMs = this.#waitMs();
    for (const [key, sinceMs] of this.#held) {
      if (nowMs >= sinceMs + waitMs) this.#drop(key, moved);
    }
  }
}

/** What the slices still have of the pods that are gone under their old key. */
function siblingsOf(gone: readonly Endpoint[], truth: Endpoints): Map<string | undefined, Endpoint[]> {
  const siblings = new Map<string | undefined, Endpoint[]>();
  for (const { uid } of gone) if (uid !== undefined) siblings.set(uid, []);
  if (siblings.size === 0) return siblings;
  for (const endpoint of truth.values()) {
    if (endpoint.uid !== undefined) siblings.get(endpoint.uid)?.push(endpoint);
  }
  return siblings;
}

/**
 * One address family of a pod vanished and the rest of it is as it was. Then the pod did not change, its slices are
 * being rewritten; anything else that is known of it (another port, address or condition) is a fact that replaces it.
 */
function isPartOf(part: Endpoint, whole: Endpoint): boolean {
  return (
    part.ready === whole.ready &&
    part.serving === whole.serving &&
    part.terminating === whole.terminating &&
    part.addresses.every(({ host, port }) =>
      whole.addresses.some((address) => address.host === host && address.port === port),
    )
  );
}
