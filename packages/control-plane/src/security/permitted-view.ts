import type { Interests } from '../ads/session.js';
import { WILDCARD } from '../ads/subscription.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import type { Resource } from '../snapshot/resource.js';
import type { SnapshotReader } from '../snapshot/snapshot.js';
import type { FollowedRight } from './rights.js';

export interface PermittedViewOptions {
  readonly snapshot: SnapshotReader;
  readonly interests: Interests;
  /** The namespace of a name; undefined for one that means no target. */
  namespaceOf(name: string): string | undefined;
  follow(namespace: string, onChange: () => void): FollowedRight;
  /** These names, or whether they may be seen, changed. */
  onChange(type: ResourceType, names: Iterable<string>): void;
  /** A right that was there was taken back. */
  onWithdrawn(namespace: string): void;
}

interface Namespace {
  readonly right: FollowedRight;
  /** What the stream asks for in it. */
  readonly names: Map<ResourceType, Set<string>>;
  /** The names were handed on. */
  entered: boolean;
  /** A wildcard stands for names in it. */
  inWildcard: boolean;
}

interface PermittedWildcard {
  /** What it was made of. */
  readonly all: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/**
 * What one stream may see of a snapshot: names of namespaces that its user may list. Others are as if they did not exist;
 * until it is known which they are, as if the cluster had not been read.
 */
export class PermittedView implements SnapshotReader, Interests {
  readonly #options: PermittedViewOptions;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #wildcards = new Map<ResourceType, PermittedWildcard>();
  /** Of the names that are asked for: each is looked up with every change. */
  readonly #keys = new Map<string, string | undefined>();
  #closed = false;

  constructor(options: PermittedViewOptions) {
    this.#options = options;
  }

  add(type: ResourceType, name: string): void {
    const { interests } = this.#options;
    const key = this.#keyOf(name);
    if (key === undefined) {
      interests.add(type, name);
      return;
    }
    const namespace = this.#namespace(key);
    const names = namespace.names.get(type) ?? new Set();
    namespace.names.set(type, names.add(name));
    if (namespace.entered) interests.add(type, name);
  }

  remove(type: ResourceType, name: string): void {
    const { interests } = this.#options;
    const key = this.#keyOf(name);
    this.#keys.delete(name);
    if (key === undefined) {
      interests.remove(type, name);
      return;
    }
    const namespace = this.#namespaces.get(key);
    if (!namespace?.names.get(type)?.delete(name)) return;
    if (namespace.entered) interests.remove(type, name);
    if (namespace.inWildcard || [...namespace.names.values()].some(({ size }) => size > 0)) return;
    namespace.right.close();
    this.#namespaces.delete(key);
  }

  resource(type: ResourceType, name: string, refusing?: boolean): Resource | undefined {
    return this.#allowed(name) ? this.#options.snapshot.resource(type, name, refusing) : undefined;
  }

  isSettled(type: ResourceType, name: string): boolean {
    const allowed = this.#allowed(name);
    if (allowed === undefined) return false;
    return allowed ? this.#options.snapshot.isSettled(type, name) : true;
  }

  wildcard(type: ResourceType): ReadonlySet<string> | undefined {
    const all = this.#options.snapshot.wildcard(type);
    if (all === undefined) return undefined;
    const known = this.#wildcards.get(type);
    if (known?.all === all) return known.names;
    const names = new Set<string>();
    for (const name of all) {
      const key = this.#keyOf(name);
      if (key === undefined) continue;
      const namespace = this.#namespace(key);
      namespace.inWildcard = true;
      if (namespace.right.allowed === undefined) return undefined;
      if (namespace.right.allowed) names.add(name);
    }
    this.#wildcards.set(type, { all, names });
    return names;
  }

  /** Follows nothing any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { right } of this.#namespaces.values()) right.close();
    this.#namespaces.clear();
  }

  #keyOf(name: string): string | undefined {
    if (this.#keys.has(name)) return this.#keys.get(name);
    const key = this.#options.namespaceOf(name);
    this.#keys.set(name, key);
    return key;
  }

  #namespace(key: string): Namespace {
    const known = this.#namespaces.get(key);
    if (known !== undefined) return known;
    const right = this.#options.follow(key, () => this.#changed(key));
    const entered = right.allowed === true;
    const namespace: Namespace = { right, names: new Map(), entered, inWildcard: false };
    this.#namespaces.set(key, namespace);
    return namespace;
  }

  /** Whether a name may be seen; a name that means nothing is not there for anybody. */
  #allowed(name: string): boolean | undefined {
    const key = this.#keyOf(name);
    return key === undefined ? true : this.#namespace(key).right.allowed;
  }

  #changed(key: string): void {
    const namespace = this.#namespaces.get(key);
    if (namespace === undefined || this.#closed) return;
    const { interests, onChange, onWithdrawn } = this.#options;
    const { right, names } = namespace;
    if (namespace.entered) {
      if (right.allowed !== true) onWithdrawn(key);
      return;
    }
    this.#wildcards.clear();
    if (right.allowed) {
      namespace.entered = true;
      for (const [type, each] of names) for (const name of each) interests.add(type, name);
    }
    for (const type of PUSH_ORDER) onChange(type, [...(names.get(type) ?? []), WILDCARD]);
  }
}
