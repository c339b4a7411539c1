import { createHash } from 'node:crypto';
import type { Clock } from '@fairlead/discovery';
import type { Identity, Reviews } from './reviews.js';

/** What is known of a token: whose it is, that it is nobody's, or that nobody could be asked. */
export type TokenVerdict =
  | { readonly kind: 'known'; readonly identity: Identity }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly cause: string };

export interface TokenAuthenticatorOptions {
  readonly reviews: Pick<Reviews, 'token'>;
  readonly clock: Clock;
  /** A token whose last review could not be repeated counts for so long (ms). */
  readonly staleMs: number;
}

interface Entry {
  readonly identity: Identity | undefined;
  readonly atMs: number;
}

/** How long a good answer counts before it is asked for again (ms), as in the API server's own token webhook. */
const GOOD_MS = 120_000;
/** How long a bad one counts (ms): an account may just have been made. */
const BAD_MS = 10_000;
/** Answers of each kind that are kept, so that bad tokens drive out no good ones; the oldest go. */
const MOST_KEPT = { good: 10_000, bad: 1_000 } as const;
/** Tokens of ServiceAccounts have about 1 KiB. */
const MOST_CHARS = 16_384;
/** RFC 7519 in the compact form of RFC 7515: other text is no token of a ServiceAccount, and nobody is asked. */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Whose tokens they are. Answers are kept by the hash of the token, never longer than the token lives; while the API
 * server is away, those that were good go on for `staleMs`.
 */
export class TokenAuthenticator {
  readonly #options: TokenAuthenticatorOptions;
  /** In the order of their answers. */
  readonly #good = new Map<string, Entry>();
  readonly #bad = new Map<string, Entry>();
  readonly #asked = new Map<string, Promise<TokenVerdict>>();

  constructor(options: TokenAuthenticatorOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async authenticate(token: string): Promise<TokenVerdict> {
    if (token.length > MOST_CHARS || !SHAPE.test(token)) return { kind: 'unknown' };
    const key = createHash('sha256').update(token).digest('base64');
    const nowMs = this.#options.clock.now();
    const kept = this.#good.get(key) ?? this.#bad.get(key);
    if (kept !== undefined && !isOver(kept, nowMs)) {
      if (nowMs - kept.atMs < (kept.identity === undefined ? BAD_MS : GOOD_MS))
        return verdictOf(kept.identity);
    }
    return this.#asked.get(key) ?? this.#askOnce(key, token);
  }

  #askOnce(key: string, token: string): Promise<TokenVerdict> {
    // What is asked may fail before it has become a promise: it must not be forgotten before it is remembered.
    const asked = this.#ask(key, token).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(key: string, token: string): Promise<TokenVerdict> {
    const { reviews, clock } = this.#options;
    try {
      const identity = await reviews.token(token);
      this.#keep(key, { identity, atMs: clock.now() });
      return verdictOf(identity);
    } catch (error) {
      return this.#withoutAnswer(key, error);
    }
  }

  #withoutAnswer(key: string, error: unknown): TokenVerdict {
    const kept = this.#good.get(key);
    const nowMs = this.#options.clock.now();
    if (kept?.identity !== undefined && !isOver(kept, nowMs) && nowMs - kept.atMs < this.#options.staleMs)
      return verdictOf(kept.identity);
    return { kind: 'unavailable', cause: error instanceof Error ? error.message : String(error) };
  }

  #keep(key: string, entry: Entry): void {
    this.#good.delete(key);
    this.#bad.delete(key);
    const [kept, most] =
      entry.identity === undefined ? [this.#bad, MOST_KEPT.bad] : [this.#good, MOST_KEPT.good];
    kept.set(key, entry);
    if (kept.size <= most) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
}

function verdictOf(identity: Identity | undefined): TokenVerdict {
  return identity === undefined ? { kind: 'unknown' } : { kind: 'known', identity };
}

function isOver({ identity }: Entry, nowMs: number): boolean {
  return identity?.expiresAtMs !== undefined && nowMs >= identity.expiresAtMs;
}
