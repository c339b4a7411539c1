import type { Clock, Logger, Timer } from '@fairlead/discovery';
import type { Identity, Reviews } from './reviews.js';

export interface RightsOptions {
  readonly reviews: Pick<Reviews, 'mayList'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An answer that could not be repeated counts for so long (ms). */
  readonly staleMs: number;
}

/** Whether someone may see a namespace, followed until it is closed. */
export interface FollowedRight {
  /** Undefined: not known yet, or no longer. */
  readonly allowed: boolean | undefined;
  close(): void;
}

interface Entry {
  readonly identity: Identity;
  readonly namespace: string;
  readonly followers: Set<() => void>;
  allowed: boolean | undefined;
  /** When it was answered last (epoch ms). */
  answeredMs: number;
  timer?: Timer | undefined;
}

/** How often a right that is there is asked for again (ms). */
const ALLOWED_MS = 60_000;
/** How often one that is not there, or that could not be asked for (ms). */
const DENIED_MS = 10_000;
/** Namespaces that one user's clients may ask for; names in further ones are not answered. */
const MOST_NAMESPACES = 256;
/** Trouble with the API server is said once in so long (ms). */
const SAY_MS = 60_000;

const REFUSED: FollowedRight = { allowed: false, close() {} };

/**
 * Who may see which namespace: one question per user and namespace for all streams, asked again while any of them is open.
 * While the API server is away, the last answers go on for `staleMs`.
 */
export class Rights {
  readonly #options: RightsOptions;
  readonly #entries = new Map<string, Map<string, Entry>>();
  #saidMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: RightsOptions) {
    this.#options = options;
  }

  /** Calls `onChange` whenever the answer is another one than before, the first one included. */
  follow(identity: Identity, namespace: string, onChange: () => void): FollowedRight {
    const entry = this.#entryOf(identity, namespace);
    if (entry === undefined) return REFUSED;
    // Each follower its own function: one may follow twice.
    const follower = (): void => onChange();
    entry.followers.add(follower);
    return {
      get allowed() {
        return entry.allowed;
      },
      close: () => void entry.followers.delete(follower),
    };
  }

  /** Asks nothing any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const entries of this.#entries.values()) for (const { timer } of entries.values()) timer?.cancel();
    this.#entries.clear();
  }

  #entryOf(identity: Identity, namespace: string): Entry | undefined {
    // Groups decide, too: those of a certificate may differ under one name.
    const user = JSON.stringify([identity.username, identity.uid, identity.groups]);
    const entries = this.#entries.get(user) ?? new Map<string, Entry>();
    this.#entries.set(user, entries);
    const known = entries.get(namespace);
    if (known !== undefined) return known;
    if (entries.size >= MOST_NAMESPACES) return undefined;
    const entry: Entry = {
      identity,
      namespace,
      followers: new Set(),
      allowed: undefined,
      answeredMs: this.#options.clock.now(),
    };
    entries.set(namespace, entry);
    void this.#ask(entry, user);
    return entry;
  }

  async #ask(entry: Entry, user: string): Promise<void> {
    const { reviews, clock, staleMs } = this.#options;
    let { allowed } = entry;
    let answered = false;
    try {
      allowed = await reviews.mayList(entry.identity, entry.namespace);
      answered = true;
      entry.answeredMs = clock.now();
    } catch (error) {
      this.#say(error);
      if (clock.now() - entry.answeredMs >= staleMs) allowed = undefined;
    }
    if (this.#closed) return;
    entry.timer = clock.setTimeout(
      () => this.#again(entry, user),
      answered && allowed ? ALLOWED_MS : DENIED_MS,
    );
    entry.timer.unref();
    if (allowed === entry.allowed) return;
    entry.allowed = allowed;
    for (const follower of [...entry.followers]) follower();
  }

  /** An answer that nobody follows any more is forgotten when its time is over. */
  #again(entry: Entry, user: string): void {
    if (entry.followers.size > 0) {
      void this.#ask(entry, user);
      return;
    }
    const entries = this.#entries.get(user);
    entries?.delete(entry.namespace);
    if (entries?.size === 0) this.#entries.delete(user);
  }

  #say(error: unknown): void {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#saidMs < SAY_MS) return;
    this.#saidMs = nowMs;
    this.#options.logger.warn('who may see what cannot be asked; what was answered before goes on', {
      error: error instanceof Error ? error.message : String(error),
      forMs: this.#options.staleMs,
    });
  }
}
