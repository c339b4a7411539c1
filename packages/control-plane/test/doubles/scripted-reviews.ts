import type { Identity, Reviews } from '../../src/security/reviews.js';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Text that looks like the token of a ServiceAccount. */
export function tokenOf(name: string, claims: object = {}): string {
  return `${part({ alg: 'none' })}.${part({ sub: name, ...claims })}.c2ln`;
}

/** An API server that knows what a test tells it. */
export class ScriptedReviews implements Reviews {
  readonly #identities = new Map<string, Identity>();
  /** `user namespace` of what may be seen. */
  readonly permitted = new Set<string>();
  /** What was asked, in order. */
  readonly asked: string[] = [];
  away = false;

  /** Makes an account; returns its token. */
  account(username: string, fields: Partial<Identity> = {}): string {
    const token = tokenOf(username, fields);
    this.#identities.set(token, { username, groups: [], ...fields });
    return token;
  }

  async token(token: string): Promise<Identity | undefined> {
    this.asked.push('token');
    this.#answer();
    return this.#identities.get(token);
  }

  async mayList({ username }: Identity, namespace: string): Promise<boolean> {
    this.asked.push(`${username} ${namespace}`);
    this.#answer();
    return this.permitted.has(`${username} ${namespace}`);
  }

  #answer(): void {
    if (this.away) throw new Error('connect ECONNREFUSED');
  }
}
