import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import { clusterConfig, parseResolvConf, type ResolverConfig, serverOption } from './resolver-config.js';
import type { DnsTarget } from './target.js';

/** Where names are looked up. */
export interface DnsOptions {
  /** DNS servers, `IP` or `IP:PORT`, instead of those of resolv.conf; short names are then looked up as in a pod. */
  readonly servers?: readonly string[] | undefined;
  /** Path of a resolv.conf. Default `/etc/resolv.conf`. */
  readonly resolvConf?: string | undefined;
  /** The shortest time from one look to the next (ms, default 1000), whatever the records' TTL says. */
  readonly minTtlMs?: number | undefined;
  /** The longest (ms, default 300000). */
  readonly maxTtlMs?: number | undefined;
}

export interface ConfigReaderOptions extends Pick<DnsOptions, 'servers' | 'resolvConf'> {
  readonly clock: Clock;
  readonly clusterDomain: string;
  readonly namespace?: string | undefined;
}

const RESOLV_CONF = '/etc/resolv.conf';
/** How long a resolv.conf that was read is believed: it is written when a pod starts and seldom after. */
const REREAD_MS = 30_000;
/** A resolv.conf has a few lines; a file without an end must not fill the memory. */
const MAX_BYTES = 65_536;

/** Says for each look which servers are asked and what a short name may mean. */
export class ConfigReader {
  readonly #options: ConfigReaderOptions;
  readonly #fixed: ResolverConfig | undefined;
  #read: { readonly config: ResolverConfig; readonly atMs: number } | undefined;

  /** Throws OPTION_INVALID for a server that is no address. */
  constructor(options: ConfigReaderOptions) {
    this.#options = options;
    const servers = options.servers?.map(serverOption);
    if (servers?.length === 0) {
      throw new DiscoveryError('OPTION_INVALID', 'DNS servers []: accepted is at least one IP address');
    }
    this.#fixed = servers === undefined ? undefined : clusterConfig(servers, options);
  }

  /** The last good resolv.conf stays when it cannot be read any more; rejects with `DNS` when there never was one. */
  async configFor({ server }: Pick<DnsTarget, 'server'>): Promise<ResolverConfig> {
    if (server !== undefined) return clusterConfig([server], this.#options);
    if (this.#fixed !== undefined) return this.#fixed;
    const nowMs = this.#options.clock.now();
    const last = this.#read;
    if (last !== undefined && Math.abs(nowMs - last.atMs) < REREAD_MS) return last.config;
    const path = this.#options.resolvConf ?? RESOLV_CONF;
    try {
      const bytes = await readFile(path);
      const config = parseResolvConf(bytes.subarray(0, MAX_BYTES).toString());
      this.#read = { config, atMs: nowMs };
      return config;
    } catch (cause) {
      if (last !== undefined) return last.config;
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new DiscoveryError('DNS', `no DNS servers are known: ${message}`, { cause });
    }
  }
}
