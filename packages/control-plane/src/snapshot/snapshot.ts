import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import type { Translated } from '../translate/translate.js';
import { encodeResource, type Resource } from './resource.js';

/** Names of one type that changed: a new version is there, or it is known now that there is none. */
export type SnapshotListener = (
  type: ResourceType,
  names: ReadonlySet<string>,
  /** When it changed (epoch ms); undefined when nothing did. */
  changedAtMs?: number,
) => void;

/** What streams read. */
export interface SnapshotReader {
  /** The newest version. `refusing`: the form for clients that keep their endpoints when they are told there are none. */
  resource(type: ResourceType, name: string, refusing?: boolean): Resource | undefined;
  /** Whether it is known what the name is, even if that is nothing. A client must not be told "nothing" before. */
  isSettled(type: ResourceType, name: string): boolean;
  /** The names that a wildcard stands for; undefined until all of them are settled: it stays unanswered. */
  wildcard(type: ResourceType): ReadonlySet<string> | undefined;
}

/** Who asks for a name. */
export interface Interest {
  readonly type: ResourceType;
  readonly name: string;
}

interface Entry {
  readonly plain: Resource;
  readonly refusing: Resource | undefined;
}

interface Wildcard {
  readonly names: ReadonlySet<string>;
  /** Those of which it was not known yet whether they exist. */
  readonly unsettled: Set<string>;
}

/**
 * The newest version of every resource, by type and name. It holds no history: a client that reads slowly gets what is
 * there when it reads. Resources are never deleted while a client may hold them; a target without endpoints keeps its
 * listener, routes and cluster and has none in its endpoints.
 */
export class Snapshot implements SnapshotReader {
  readonly #entries = new Map<ResourceType, Map<string, Entry>>(PUSH_ORDER.map((type) => [type, new Map()]));
  readonly #settled = new Map<ResourceType, Set<string>>(PUSH_ORDER.map((type) => [type, new Set()]));
  readonly #listeners = new Set<SnapshotListener>();
  readonly #wildcards = new Map<ResourceType, Wildcard>();

  /** Hears of every change until the returned function is called. */
  subscribe(listener: SnapshotListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  resource(type: ResourceType, name: string, refusing = false): Resource | undefined {
    const entry = this.#of(type).get(name);
    return refusing ? (entry?.refusing ?? entry?.plain) : entry?.plain;
  }

  isSettled(type: ResourceType, name: string): boolean {
    return this.#settledOf(type).has(name);
  }

  wildcard(type: ResourceType): ReadonlySet<string> | undefined {
    const wildcard = this.#wildcards.get(type);
    if (wildcard === undefined) return undefined;
    // Its names are never forgotten: settled once, settled for good.
    for (const name of wildcard.unsettled) if (this.isSettled(type, name)) wildcard.unsettled.delete(name);
    return wildcard.unsettled.size === 0 ? wildcard.names : undefined;
  }

  /** Says which names a wildcard stands for. Without this it stands for nothing and stays unanswered. */
  setWildcard(type: ResourceType, names: Iterable<string>): void {
    const all = new Set(names);
    this.#wildcards.set(type, { names: all, unsettled: new Set(all) });
  }

  /** Takes new versions in and tells of those that differ, what is referred to first. */
  update(resources: readonly Translated[], changedAtMs?: number): void {
    const changed = new Map<ResourceType, Set<string>>();
    for (const resource of resources) {
      if (!this.#put(resource)) continue;
      const names = changed.get(resource.type) ?? new Set();
      changed.set(resource.type, names.add(resource.name));
    }
    this.#tell(changed, changedAtMs);
  }

  /** It is known now that there is no such resource, until an update says otherwise. */
  settleAbsent(interests: readonly Interest[]): void {
    const changed = new Map<ResourceType, Set<string>>();
    for (const { type, name } of interests) {
      if (this.isSettled(type, name)) continue;
      this.#settledOf(type).add(name);
      changed.set(type, (changed.get(type) ?? new Set()).add(name));
    }
    this.#tell(changed);
  }

  /** Forgets names that no client asks for any more; nobody is told. */
  forget(interests: readonly Interest[]): void {
    for (const { type, name } of interests) {
      this.#of(type).delete(name);
      this.#settledOf(type).delete(name);
    }
  }

  /** The names of the resources that there are. */
  names(type: ResourceType): Iterable<string> {
    return this.#of(type).keys();
  }

  /** How many resources of each type there are. */
  count(type: ResourceType): number {
    return this.#of(type).size;
  }

  #put({ type, name, bytes, refusing }: Translated): boolean {
    const entries = this.#of(type);
    const plain = encodeResource(type, name, bytes);
    if (entries.get(name)?.plain.version === plain.version) return false;
    const other = refusing === undefined ? undefined : encodeResource(type, name, refusing);
    entries.set(name, { plain, refusing: other });
    this.#settledOf(type).add(name);
    return true;
  }

  #tell(changed: ReadonlyMap<ResourceType, ReadonlySet<string>>, changedAtMs?: number): void {
    for (const type of PUSH_ORDER) {
      const names = changed.get(type);
      if (names === undefined) continue;
      for (const listener of [...this.#listeners]) listener(type, names, changedAtMs);
    }
  }

  #of(type: ResourceType): Map<string, Entry> {
    return this.#entries.get(type) as Map<string, Entry>;
  }

  #settledOf(type: ResourceType): Set<string> {
    return this.#settled.get(type) as Set<string>;
  }
}
