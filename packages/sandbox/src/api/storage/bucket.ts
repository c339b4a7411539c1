import type { KubeObject } from '../../objects.js';
import type { KindInfo } from '../kinds.js';
import { objectKey } from './history.js';

/** All objects of one kind, in key order. */
export class Bucket {
  readonly kind: KindInfo;
  readonly #objects = new Map<string, KubeObject>();
  /** The keys of `#objects`, sorted: one insertion is cheaper than sorting again for each list. */
  readonly #keys: string[] = [];
  #all: readonly KubeObject[] | undefined;

  constructor(kind: KindInfo) {
    this.kind = kind;
  }

  get objects(): ReadonlyMap<string, KubeObject> {
    return this.#objects;
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(objectKey(this.kind.namespaced ? namespace : undefined, name));
  }

  set(object: KubeObject): void {
    const key = keyOf(object);
    if (!this.#objects.has(key)) this.#keys.splice(this.#position(key), 0, key);
    this.#objects.set(key, object);
    this.#all = undefined;
  }

  delete(object: KubeObject): void {
    const key = keyOf(object);
    if (!this.#objects.delete(key)) return;
    this.#keys.splice(this.#position(key), 1);
    this.#all = undefined;
  }

  /** All, or those of one namespace. */
  list(namespace?: string): readonly KubeObject[] {
    if (namespace === undefined) {
      this.#all ??= Object.freeze(this.#keys.map((key) => this.#objects.get(key)!));
      return this.#all;
    }
    const prefix = `${namespace}/`;
    const result: KubeObject[] = [];
    for (let i = this.#position(prefix); this.#keys[i]?.startsWith(prefix); i++) {
      result.push(this.#objects.get(this.#keys[i]!)!);
    }
    return result;
  }

  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}
