import type { KubeClient } from '@fairlead/discovery/kubernetes';

/** Lets so many of the tasks run at a time that it is given; the others wait in order. */
class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/**
 * The same client with at most `limit` requests under way, watches not counted. Each one needs a connection of its
 * own: a hundred pods that start at once would open hundreds, and everybody else's wait behind theirs.
 */
export function limitRequests(client: KubeClient, limit: number): KubeClient {
  const lanes = new Lanes(limit);
  return {
    server: client.server,
    ...(client.identity ? { identity: client.identity } : {}),
    get: (...request) => lanes.run(() => client.get(...request)),
    list: (...request) => lanes.run(() => client.list(...request)),
    watch: (...request) => client.watch(...request),
    create: (...request) => lanes.run(() => client.create(...request)),
    update: (...request) => lanes.run(() => client.update(...request)),
    patch: (...request) => lanes.run(() => client.patch(...request)),
    delete: (...request) => lanes.run(() => client.delete(...request)),
    close: () => client.close(),
  };
}
