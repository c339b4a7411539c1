import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { type Clock, type Random, systemClock } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import { guarded, type Logger, silentLogger } from '../logger.js';
import { ProcessHold } from '../process-hold.js';
import type { EndpointObserver, EndpointSource, Watch } from '../source.js';
import { ConfigReader, type DnsOptions } from './config-reader.js';
import { reachableFamilies } from './families.js';
import { LookUp, type LookUpOptions } from './look-up.js';
import { Poll } from './poll.js';
import { StubResolver } from './stub-resolver.js';
import type { DnsTarget } from './target.js';
import { type DnsWire, systemWire } from './wire.js';

export interface DnsSourceOptions extends DnsOptions {
  /** DNS domain of the cluster, for the search list of `servers`. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  /** Namespace whose Services a single label means, for the search list of `servers`. Default: none. */
  readonly namespace?: string | undefined;
  /** How long endpoints stay that DNS fails to confirm (ms, default Infinity). */
  readonly maxStaleMs?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
}

/** What the machine gives, and tests replace. */
export interface DnsMachine {
  readonly wire: DnsWire;
  /** From 0 to 65535. */
  readonly randomId: () => number;
  readonly families: () => LookUpOptions['families'];
}

const machine: DnsMachine = {
  wire: systemWire,
  randomId: () => randomInt(65_536),
  families: () => reachableFamilies(networkInterfaces()),
};

const DEFAULT_MIN_TTL_MS = 1_000;
const DEFAULT_MAX_TTL_MS = 300_000;

class PolledNames implements EndpointSource<DnsTarget> {
  readonly #options: DnsSourceOptions;
  readonly #machine: DnsMachine;
  readonly #clock: Clock;
  readonly #config: ConfigReader;
  readonly #resolver: StubResolver;
  readonly #polls = new Map<string, Poll>();
  readonly #open = new Set<Watch>();
  readonly #hold = new ProcessHold();
  #closed = false;

  constructor(options: DnsSourceOptions, parts: DnsMachine) {
    const { clock = systemClock, clusterDomain = 'cluster.local' } = options;
    this.#options = options;
    this.#machine = parts;
    this.#clock = clock;
    this.#config = new ConfigReader({ ...options, clock, clusterDomain });
    this.#resolver = new StubResolver({ ...parts, clock });
  }

  watch(target: DnsTarget, observer: EndpointObserver, { ref = true } = {}): Watch {
    if (this.#closed) throw new DiscoveryError('CLOSED', `target "${target.text}": the source is closed`);
    // One text may mean another name to a channel of another cluster.
    const id = JSON.stringify([target.text, target.name, target.port, target.server]);
    const poll = this.#polls.get(id) ?? this.#start(id, target);
    const leave = poll.join(observer);
    if (ref) this.#hold.acquire();
    const watch: Watch = {
      refresh: () => poll.refresh(),
      close: () => {
        if (!this.#open.delete(watch)) return;
        leave();
        if (ref) this.#hold.release();
        if (poll.idle) this.#end(id, poll);
      },
    };
    this.#open.add(watch);
    return watch;
  }

  close(): void {
    this.#closed = true;
    for (const watch of [...this.#open]) watch.close();
  }

  #start(id: string, target: DnsTarget): Poll {
    const { minTtlMs = DEFAULT_MIN_TTL_MS, maxTtlMs = DEFAULT_MAX_TTL_MS } = this.#options;
    const {
      random = Math.random,
      logger = silentLogger,
      maxStaleMs = Number.POSITIVE_INFINITY,
    } = this.#options;
    const lookUp = new LookUp();
    const poll = new Poll({
      target,
      clock: this.#clock,
      random,
      logger: guarded(logger),
      minTtlMs,
      maxTtlMs: Math.max(minTtlMs, maxTtlMs),
      maxStaleMs,
      look: async (signal) =>
        lookUp.look({
          target,
          config: await this.#config.configFor(target),
          families: this.#machine.families(),
          ask: (question, config) => this.#resolver.ask(question, config, signal),
        }),
    });
    this.#polls.set(id, poll);
    poll.start();
    return poll;
  }

  #end(id: string, poll: Poll): void {
    poll.close();
    this.#polls.delete(id);
  }
}

/**
 * Makes the source of endpoint sets that asks DNS: again after each TTL, one lookup at a time for any number of
 * observers of a target. Nothing is sent before the first watch. Throws OPTION_INVALID.
 */
export function createDnsSource(
  options: DnsSourceOptions = {},
  parts: DnsMachine = machine,
): EndpointSource<DnsTarget> {
  return new PolledNames(options, parts);
}
