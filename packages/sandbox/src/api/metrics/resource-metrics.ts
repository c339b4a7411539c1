import type { KubeObject } from '../../objects.js';
import { agentAddress } from '../agent-address.js';
import type { Clock } from '../clock.js';
import type { KubeletClient } from '../kubelet-client.js';
import type { ClusterApi } from '../store.js';
import { type NodePoints, parseResourceMetrics, type Usage, usageBetween } from './points.js';

/** What the containers of a pod use. */
export type PodUsage = ReadonlyMap<string, Usage>;

/** Use of CPU and memory, as the nodes' agents tell it. */
export interface ResourceMetrics {
  /** What each pod uses, by `namespace/name`; a pod without a running container, or too young, is missing. */
  podUsage(): Promise<ReadonlyMap<string, PodUsage>>;
  /** What each node uses, by name; one whose agent does not answer is missing. */
  nodeUsage(): Promise<ReadonlyMap<string, Usage>>;
}

/** Options of the metrics of one cluster. */
export interface ResourceMetricsOptions {
  readonly cluster: Pick<ClusterApi, 'get' | 'list'>;
  readonly kubelet: Pick<KubeletClient, 'get'>;
  readonly clock: Clock;
}

/** Two looks at all nodes. */
interface Looks {
  readonly previous: ReadonlyMap<string, NodePoints>;
  readonly last: ReadonlyMap<string, NodePoints>;
  readonly atMs: number;
}

/** Answers are at most this old (ms). */
const FRESH_MS = 2000;
/** A longer window would hide what happens now (ms). */
const MAX_WINDOW_MS = 30_000;
/** The window of a first look, for which the one who asks waits (ms). */
const FIRST_WINDOW_MS = 1000;
/** An agent that does not answer within this time is left out (ms). */
const SCRAPE_TIMEOUT_MS = 5000;

/**
 * Makes the source of resource metrics. Nodes are looked at only when somebody asks: the use of CPU is that since the
 * question before, or within one second after a pause.
 */
export function createResourceMetrics(options: ResourceMetricsOptions): ResourceMetrics {
  return new Looker(options);
}

class Looker implements ResourceMetrics {
  readonly #options: ResourceMetricsOptions;
  #looks: Looks | undefined;
  #looking: Promise<Looks> | undefined;

  constructor(options: ResourceMetricsOptions) {
    this.#options = options;
  }

  async podUsage(): Promise<ReadonlyMap<string, PodUsage>> {
    const { previous, last } = await this.#newest();
    const result = new Map<string, PodUsage>();
    for (const [name, { pods }] of last) {
      for (const [key, containers] of pods) {
        const before = previous.get(name)?.pods.get(key);
        const usage = new Map<string, Usage>();
        for (const [container, point] of containers) {
          const used = usageBetween(before?.get(container), point);
          if (used) usage.set(container, used);
        }
        // Half a pod would look like an idle one.
        if (usage.size === containers.size) result.set(key, usage);
      }
    }
    return result;
  }

  async nodeUsage(): Promise<ReadonlyMap<string, Usage>> {
    const { previous, last } = await this.#newest();
    const result = new Map<string, Usage>();
    for (const [name, { node }] of last) {
      const usage = node && usageBetween(previous.get(name)?.node, node);
      if (usage) result.set(name, usage);
    }
    return result;
  }

  async #newest(): Promise<Looks> {
    const { clock } = this.#options;
    if (this.#looks && clock.now() - this.#looks.atMs < FRESH_MS) return this.#looks;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<Looks> {
    const { clock } = this.#options;
    const before = this.#looks;
    let previous = before?.last;
    let last = await this.#scrapeAll();
    if (!before || !previous || clock.now() - before.atMs > MAX_WINDOW_MS) {
      previous = last;
      await new Promise<void>((resolve) => clock.setTimeout(resolve, FIRST_WINDOW_MS));
      last = await this.#scrapeAll();
    }
    this.#looks = { previous, last, atMs: clock.now() };
    return this.#looks;
  }

  async #scrapeAll(): Promise<ReadonlyMap<string, NodePoints>> {
    const nodes = this.#options.cluster.list('nodes');
    const found = await Promise.all(nodes.map((node) => this.#scrape(node)));
    return new Map(found.flat());
  }

  async #scrape({ metadata: { name } }: KubeObject): Promise<[string, NodePoints][]> {
    const { cluster, kubelet } = this.#options;
    try {
      const address = agentAddress(cluster, name);
      const answer = await kubelet.get(address, '/metrics/resource', AbortSignal.timeout(SCRAPE_TIMEOUT_MS));
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      if (answer.statusCode !== 200) return [];
      return [[name, parseResourceMetrics(Buffer.concat(chunks).toString('utf8'))]];
    } catch {
      // As with upstream, what cannot be looked at is missing in the answer.
      return [];
    }
  }
}
