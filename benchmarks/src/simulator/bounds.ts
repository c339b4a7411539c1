import type { Chooser } from './client.js';
import type { Server } from './server.js';
import type { ChooserHost } from './simulate.js';

type Choose = (servers: readonly Server[]) => Server | undefined;

class Omniscient implements Chooser {
  private servers: readonly Server[] = [];
  private readonly choose: Choose;

  constructor(choose: Choose) {
    this.choose = choose;
  }

  update(servers: readonly Server[]): void {
    this.servers = servers;
  }

  begin(): Server | null {
    return this.choose(this.servers) ?? null;
  }

  /** Does nothing: it looks at the servers themselves. */
  ended(): void {}
}

/** The shortest queue for its speed, seen without delay: what no real client can reach. */
export function shortestQueue({ random }: ChooserHost): Chooser {
  return new Omniscient((servers) => {
    const start = Math.floor(random() * servers.length);
    let best = servers[start];
    for (let i = 1; i < servers.length; i++) {
      const server = servers[(start + i) % servers.length];
      if (
        server !== undefined &&
        best !== undefined &&
        server.inFlight / server.speed < best.inFlight / best.speed
      ) {
        best = server;
      }
    }
    return best;
  });
}

/** Any server with the same chance: the theory of M/M/1 holds for it. */
export function atRandom({ random }: ChooserHost): Chooser {
  return new Omniscient((servers) => servers[Math.floor(random() * servers.length)]);
}
