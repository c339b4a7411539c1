import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import type { Clock, Logger } from '@fairlead/discovery';
import { PermittedView, type PermittedViewOptions } from './permitted-view.js';
import type { Identity, Reviews } from './reviews.js';
import { Rights } from './rights.js';
import { TokenAuthenticator } from './token-authenticator.js';

/** What a client shows of itself. */
export interface Credentials {
  /** The header `authorization`, undefined without one. */
  readonly authorization: string | undefined;
  /** The certificate that TLS has checked, undefined without one. */
  readonly certificate: PeerCertificate | DetailedPeerCertificate | undefined;
}

/** Whether a client may open a stream; a refusal has a text for it. The cause is for the log. */
export type Admission =
  | { readonly kind: 'admitted'; readonly identity: Identity }
  | { readonly kind: 'unauthenticated' | 'unavailable'; readonly text: string; readonly cause?: string };

export interface GatekeeperOptions {
  readonly reviews: Reviews;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Clients are known by their certificates, not by tokens. */
  readonly byCertificate: boolean;
  readonly audience: string;
  /** The namespace of a name that clients ask for; undefined for one that means no target. */
  namespaceOf(name: string): string | undefined;
}

/** While the API server is away, what it said last about clients and their rights goes on for so long (ms): one hour. */
const STALE_MS = 3_600_000;
/** What happens at the door is said once in so long (ms). */
const SAY_MS = 60_000;

/** Served, such a client would be sent away in the same moment, and come again. */
const ENDED: Admission = { kind: 'unauthenticated', text: 'what this client shows of itself has ended' };

/** Who clients are, and which namespaces they may see. */
export class Gatekeeper {
  readonly #rights: Rights;
  readonly #options: GatekeeperOptions;
  readonly #tokens: TokenAuthenticator;
  readonly #saidMs = new Map<Admission['kind'], number>();

  constructor(options: GatekeeperOptions) {
    this.#options = options;
    this.#tokens = new TokenAuthenticator({ ...options, staleMs: STALE_MS });
    this.#rights = new Rights({ ...options, staleMs: STALE_MS });
  }

  /** Never rejects. */
  async admit(credentials: Credentials): Promise<Admission> {
    const shown = this.#options.byCertificate
      ? ofCertificate(credentials.certificate)
      : await this.#ofToken(credentials.authorization);
    const admission = this.#hasEnded(shown) ? ENDED : shown;
    if (admission.kind !== 'admitted') this.#say(admission);
    return admission;
  }

  /** What one client's stream may see. */
  viewOf(identity: Identity, options: Omit<PermittedViewOptions, 'namespaceOf' | 'follow'>): PermittedView {
    const { namespaceOf } = this.#options;
    const follow: PermittedViewOptions['follow'] = (namespace, onChange) =>
      this.#rights.follow(identity, namespace, onChange);
    return new PermittedView({ ...options, namespaceOf, follow });
  }

  /** Asks nothing any more. Idempotent. */
  close(): void {
    this.#rights.close();
  }

  async #ofToken(authorization: string | undefined): Promise<Admission> {
    const { audience } = this.#options;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      return {
        kind: 'unauthenticated',
        text: `a ServiceAccount token with the audience ${audience} is needed`,
      };
    }
    const verdict = await this.#tokens.authenticate(token);
    if (verdict.kind === 'known') return { kind: 'admitted', identity: verdict.identity };
    if (verdict.kind === 'unavailable') {
      return { kind: 'unavailable', text: 'the token cannot be checked now', cause: verdict.cause };
    }
    return { kind: 'unauthenticated', text: `the token is not a valid one with the audience ${audience}` };
  }

  /** A connection outlives its certificate, and the API server lets tokens count for a minute after their end. */
  #hasEnded(shown: Admission): boolean {
    if (shown.kind !== 'admitted') return false;
    const { expiresAtMs } = shown.identity;
    return expiresAtMs !== undefined && this.#options.clock.now() >= expiresAtMs;
  }

  #say({ kind, text, cause }: Exclude<Admission, { kind: 'admitted' }>): void {
    const nowMs = this.#options.clock.now();
    if (nowMs - (this.#saidMs.get(kind) ?? Number.NEGATIVE_INFINITY) < SAY_MS) return;
    this.#saidMs.set(kind, nowMs);
    this.#options.logger.warn('a client was not admitted', { reason: text, ...(cause && { cause }) });
  }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : [value].flat();

/** As the API server reads client certificates: the last common name is the user, organizations are groups. */
function ofCertificate(certificate: Credentials['certificate']): Admission {
  const username = listOf(certificate?.subject?.CN).at(-1);
  if (certificate === undefined || username === undefined || username === '') {
    return { kind: 'unauthenticated', text: 'a client certificate with a common name is needed' };
  }
  const groups = [...listOf(certificate.subject.O), 'system:authenticated'];
  const expiresAtMs = Date.parse(certificate.valid_to);
  return {
    kind: 'admitted',
    identity: { username, groups, expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs },
  };
}
