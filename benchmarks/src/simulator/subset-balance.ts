import { createPipeline, parseConfig } from '@fairlead/balancing';
import { seededRandom } from '#commands/random.js';

/** How evenly the subsets of many clients fall on servers, and what one server more does to them. */
export interface SubsetBalance {
  readonly clients: number;
  readonly servers: number;
  readonly size: number;
  /** Connections of a server ÷ mean: the greatest and the least. */
  readonly most: number;
  readonly least: number;
  /** Connections that moved when a server was added ÷ those that it must get. */
  readonly moved: number;
}

function candidates(count: number): { key: string; ready: true; serving: true; terminating: false }[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `10.0.${i >> 8}.${i & 255}:80`,
    ready: true,
    serving: true,
    terminating: false,
  }));
}

/** Looks at the subsets that the pipelines of so many clients plan. */
export function subsetBalance(
  { clients, servers, size }: { readonly clients: number; readonly servers: number; readonly size: number },
  seed: number,
): SubsetBalance {
  const random = seededRandom(seed);
  const config = parseConfig({ subset: { size } });
  const before = candidates(servers);
  const after = candidates(servers + 1);
  const connections = new Map<string, number>(before.map(({ key }) => [key, 0]));
  let moved = 0;
  for (let i = 0; i < clients; i++) {
    const pipeline = createPipeline(config, { now: () => 0, random });
    const planned = pipeline.update(before).connect;
    for (const key of planned) connections.set(key, (connections.get(key) ?? 0) + 1);
    for (const key of pipeline.update(after).connect) if (!planned.has(key)) moved += 1;
  }
  const mean = (clients * size) / servers;
  const counts = [...connections.values()];
  return {
    clients,
    servers,
    size,
    most: Math.max(...counts) / mean,
    least: Math.min(...counts) / mean,
    moved: moved / ((clients * size) / (servers + 1)),
  };
}
