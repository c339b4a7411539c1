import type { Backend } from './backends.js';

/** Clients beyond so many are forgotten, the one that came longest ago first. */
const MAX_CLIENTS = 10_000;

const same = (a: Backend, b: Backend): boolean => a.host === b.host && a.port === b.port;

/** Which backend each client of one Service port had last: `sessionAffinity: ClientIP`. */
export class Affinity {
  readonly #clients = new Map<string, { readonly backend: Backend; readonly atMs: number }>();

  /** The client's backend, if it is still a choice and the client was here less than `timeoutMs` ago. */
  find(
    client: string,
    choices: readonly Backend[],
    limit: { nowMs: number; timeoutMs: number },
  ): Backend | undefined {
    const known = this.#clients.get(client);
    if (known === undefined || limit.nowMs - known.atMs >= limit.timeoutMs) return undefined;
    return choices.find((choice) => same(choice, known.backend));
  }

  remember(client: string, backend: Backend, nowMs: number): void {
    this.#clients.delete(client);
    this.#clients.set(client, { backend, atMs: nowMs });
    if (this.#clients.size <= MAX_CLIENTS) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      return;
    }
  }
}
