import type { ResourceType } from '../resource-type.js';
import type { Resource } from '../snapshot/resource.js';
import type { SessionOptions } from './session.js';
import { SmallMap } from './small-map.js';

/** Stands for every name of a type. */
export const WILDCARD = '*';

const NO_NAMES: ReadonlySet<string> = new Set();

/** What one stream wants of one type, what of it changed, and what it was sent: the part that both protocols share. */
export class Subscription {
  readonly type: ResourceType;
  readonly #names = new SmallMap<true>();
  /** Names to look at, because they changed or are wanted anew. */
  readonly #dirty = new SmallMap<true>();
  readonly #options: SessionOptions;
  /** The version of each name that the client was sent last, or says that it has. */
  readonly #sent = new SmallMap<string>();
  #wildcard = false;
  #refusing: boolean;

  constructor(type: ResourceType, options: SessionOptions, refusing: boolean) {
    this.type = type;
    this.#options = options;
    this.#refusing = refusing;
  }

  /** It wants every name of the type. */
  get wildcard(): boolean {
    return this.#wildcard;
  }

  set wildcard(wanted: boolean) {
    if (wanted === this.#wildcard) return;
    this.#wildcard = wanted;
    const { interests } = this.#options;
    if (wanted) {
      interests.add(this.type, WILDCARD);
      return;
    }
    interests.remove(this.type, WILDCARD);
    // As with a name that is given up: what only the wildcard stood for is answered if it is asked for again.
    for (const name of [...this.#sent.keys()]) if (!this.#names.has(name)) this.#sent.delete(name);
  }

  /** The version of each name that the client was sent last. */
  get versions(): ReadonlyMap<string, string> {
    return new Map(this.#sent.entries());
  }

  /** What it asks for by name. */
  get names(): Iterable<string> {
    return this.#names.keys();
  }

  get nameCount(): number {
    return this.#names.size;
  }

  /** There may be news. */
  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** It was asked for by this name. */
  asksFor(name: string): boolean {
    return this.#names.has(name);
  }

  /** To be looked at, because it changed or is wanted anew. */
  touch(name: string): void {
    this.#dirty.set(name, true);
  }

  isTouched(name: string): boolean {
    return this.#dirty.has(name);
  }

  /** All that is dirty was looked at. */
  settle(): void {
    this.#dirty.clear();
  }

  useRefusing(): void {
    this.#refusing = true;
  }

  /** True when the name is new. */
  add(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.set(name, true);
    this.#dirty.set(name, true);
    this.#options.interests.add(this.type, name);
    return true;
  }

  /** What the client holds of it is forgotten: it is answered if it asks again, or if a wildcard still stands for it. */
  remove(name: string): void {
    if (!this.#names.delete(name)) return;
    this.#options.interests.remove(this.type, name);
    this.#sent.delete(name);
    if (this.#wildcard) this.#dirty.set(name, true);
    else this.#dirty.delete(name);
  }

  /** Answers the names anew, even if the client was sent what there is. */
  renew(names: Iterable<string>): void {
    for (const name of names) {
      this.#sent.delete(name);
      this.#dirty.set(name, true);
    }
  }

  /** What the client says that it has. */
  claim(name: string, version: string): void {
    this.#sent.set(name, version);
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.wildcard && this.wildcardNames()?.has(name) === true);
  }

  /** The names of the wildcard: none without one, undefined while they are not known. */
  wildcardNames(): ReadonlySet<string> | undefined {
    return this.wildcard ? this.#options.snapshot.wildcard(this.type) : NO_NAMES;
  }

  mark(names: Iterable<string>): void {
    for (const name of names) if (this.wildcard || this.#names.has(name)) this.#dirty.set(name, true);
  }

  /** The newest version of each name that there is. */
  resources(names: Iterable<string>): Resource[] {
    const found: Resource[] = [];
    for (const name of names) {
      const resource = this.#resource(name);
      if (resource !== undefined) found.push(resource);
    }
    return found;
  }

  /** What is dirty, wanted and not what the client was sent. Nothing is dirty then. */
  takeNews(): Resource[] {
    const news: Resource[] = [];
    for (const name of this.#dirty.keys()) {
      const resource = this.has(name) ? this.#resource(name) : undefined;
      if (resource !== undefined && this.isNews(resource)) news.push(resource);
    }
    this.#dirty.clear();
    return news;
  }

  /** Whether it is not what the client was sent. */
  isNews({ name, version }: Resource): boolean {
    return this.#sent.get(name) !== version;
  }

  /** Notes what is sent; returns the names of which the client had another version. */
  note(resources: readonly Resource[]): string[] {
    const replaced: string[] = [];
    for (const { name, version } of resources) {
      const before = this.#sent.get(name);
      if (before !== undefined && before !== version) replaced.push(name);
      this.#sent.set(name, version);
    }
    return replaced;
  }

  close(): void {
    for (const name of [...this.#names.keys()]) this.remove(name);
    this.wildcard = false;
  }

  #resource(name: string): Resource | undefined {
    return this.#options.snapshot.resource(this.type, name, this.#refusing);
  }
}
