import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod, TokenSource } from './pod.js';

/** What the API answers to a TokenRequest, cut to what is read. */
interface TokenRequest extends KubeObject {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

interface TokensOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly pod: Pod;
  /** A token was renewed. */
  renewed(): void;
}

/** The kubelet's default life of a projected token: one hour and seven seconds. */
const LIFE_SECONDS = 3607;
/** A part of the life after which the kubelet asks for a new token. */
const RENEW_AT = 0.8;
/** A token is renewed no later than after a day, as the kubelet does. */
const MAX_AGE_MS = 24 * 3600 * 1000;
/** Between two attempts to renew a token (ms); the old one still has a fifth of its life. */
const RETRY_MS = 10_000;

/** The tokens of one pod's ServiceAccount, bound to the pod: one per audience and life, renewed at 80 % of it. */
export class AccountTokens {
  readonly #options: TokensOptions;
  readonly #tokens = new Map<string, Promise<string>>();
  readonly #closed = new AbortController();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** The newest token. Rejects when there was none yet and the API server gives none. */
  token(source: TokenSource): Promise<string> {
    const key = `${source.audience ?? ''} ${source.expirationSeconds ?? LIFE_SECONDS}`;
    const known = this.#tokens.get(key);
    if (known) return known;
    const first = this.#request(source).then(({ token, renewMs }) => {
      void this.#renew(key, source, renewMs);
      return token;
    });
    this.#tokens.set(key, first);
    // The next call asks again.
    first.catch(() => this.#tokens.delete(key));
    return first;
  }

  /** Ends the renewal. */
  close(): void {
    this.#closed.abort();
  }

  async #renew(key: string, source: TokenSource, firstMs: number): Promise<void> {
    const { clock, logger, pod, renewed } = this.#options;
    const { signal } = this.#closed;
    for (let waitMs = firstMs; ; ) {
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      try {
        const { token, renewMs } = await this.#request(source);
        this.#tokens.set(key, Promise.resolve(token));
        renewed();
        waitMs = renewMs;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('ServiceAccount token not renewed', { pod: pod.metadata.name, error: String(error) });
        waitMs = RETRY_MS;
      }
    }
  }

  async #request(source: TokenSource): Promise<{ token: string; renewMs: number }> {
    const { client, clock, pod } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    const expirationSeconds = source.expirationSeconds ?? LIFE_SECONDS;
    const answer = await client.create<TokenRequest>(
      { group: '', version: 'v1', resource: 'serviceaccounts' },
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: source.audience ? [source.audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
      {
        ...{ namespace, subresource: 'token', signal: this.#closed.signal },
        name: pod.spec.serviceAccountName ?? 'default',
      },
    );
    const token = answer.status?.token;
    if (!token) throw new Error('the API server answered a TokenRequest without a token');
    const until = Date.parse(answer.status?.expirationTimestamp ?? '');
    const lifeMs = Number.isNaN(until) ? expirationSeconds * 1000 : until - clock.now();
    return { token, renewMs: Math.min(MAX_AGE_MS, Math.max(1000, lifeMs) * RENEW_AT) };
  }
}
