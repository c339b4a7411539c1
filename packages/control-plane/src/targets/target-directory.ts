import type { Clock, EndpointSource, Logger, Target, TargetDefaults, Timer } from '@fairlead/discovery';
import type { Interests } from '../ads/session.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { canonicalName, targetOfName } from '../translate/names.js';
import { WatchedTarget } from './watched-target.js';

export interface TargetDirectoryOptions {
  readonly source: Pick<EndpointSource, 'watch'>;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a name leaves open. */
  readonly defaults: TargetDefaults;
  /** Only these namespaces; undefined: all. Names of others are never answered. */
  readonly namespaces?: ReadonlySet<string> | undefined;
  /** As in `WatchedTargetOptions` (ms). */
  readonly mergeMs: number;
  /** A target is watched for so long after the last client left it (ms): clients reconnect. */
  readonly lingerMs: number;
  /** So many targets are watched at most; further names are not answered. */
  readonly maxTargets: number;
}

interface Entry {
  readonly watched: WatchedTarget;
  /** How many of its names are asked for. */
  names: number;
  end?: Timer | undefined;
}

/** A name that is asked for. */
interface Asked {
  /** What it means; undefined: nothing that is watched. */
  readonly canonical: string | undefined;
  /** How many streams ask for it. */
  streams: number;
}

/** Names that are asked for, as what they mean: targets that are watched, shared by all who ask, while anybody does. */
export class TargetDirectory implements Interests {
  readonly #options: TargetDirectoryOptions;
  /** By canonical name. */
  readonly #entries = new Map<string, Entry>();
  /** By type and name. */
  readonly #asked = new Map<string, Asked>();
  #toldFull = false;

  constructor(options: TargetDirectoryOptions) {
    this.#options = options;
  }

  /** How many targets are watched. */
  get size(): number {
    return this.#entries.size;
  }

  add(type: ResourceType, name: string): void {
    const key = `${type} ${name}`;
    const known = this.#asked.get(key);
    if (known !== undefined) {
      known.streams += 1;
      return;
    }
    const target = this.#targetOf(type, name);
    const canonical = target === undefined ? undefined : canonicalName(target);
    const entry = target === undefined ? undefined : this.#entryOf(target);
    this.#asked.set(key, { canonical: entry === undefined ? undefined : canonical, streams: 1 });
    if (entry === undefined) {
      this.#options.snapshot.settleAbsent([{ type, name }]);
      return;
    }
    entry.names += 1;
    entry.end?.cancel();
    entry.end = undefined;
    if (type === 'listener') entry.watched.addListener(name);
  }

  remove(type: ResourceType, name: string): void {
    const key = `${type} ${name}`;
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    asked.streams -= 1;
    if (asked.streams > 0) return;
    this.#asked.delete(key);
    if (asked.canonical === undefined) this.#options.snapshot.forget([{ type, name }]);
    else this.#leave(asked.canonical);
  }

  /** Watches targets from now on, and has wildcards stand for them by their canonical names. */
  publish(targets: readonly Target[]): void {
    const names = targets.map(canonicalName);
    if (names.length === 0) return;
    for (const type of PUSH_ORDER) this.#options.snapshot.setWildcard(type, names);
    for (const name of names) for (const type of PUSH_ORDER) this.add(type, name);
  }

  /** Ends every watch. Idempotent. */
  close(): void {
    for (const { watched, end } of this.#entries.values()) {
      end?.cancel();
      watched.close();
    }
    this.#entries.clear();
    this.#asked.clear();
  }

  #leave(canonical: string): void {
    const entry = this.#entries.get(canonical);
    if (entry === undefined) return;
    entry.names -= 1;
    if (entry.names > 0) return;
    entry.end = this.#options.clock.setTimeout(() => {
      this.#entries.delete(canonical);
      entry.watched.close();
    }, this.#options.lingerMs);
    entry.end.unref();
  }

  /** Only listeners are asked for by names that users write; all else goes by the name that the listener led to. */
  #targetOf(type: ResourceType, name: string): Target | undefined {
    const { defaults, namespaces } = this.#options;
    const target = targetOfName(name, defaults);
    if (target === undefined || namespaces?.has(target.namespace) === false) return undefined;
    return type === 'listener' || canonicalName(target) === name ? target : undefined;
  }

  #entryOf(target: Target): Entry | undefined {
    const name = canonicalName(target);
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const { maxTargets, logger } = this.#options;
    if (this.#entries.size >= maxTargets) {
      if (!this.#toldFull)
        logger.warn('too many targets are asked for, further ones are not answered', { maxTargets });
      this.#toldFull = true;
      return undefined;
    }
    const entry = { watched: new WatchedTarget({ ...this.#options, target, name }), names: 0 };
    this.#entries.set(name, entry);
    return entry;
  }
}
