/** A map that holds its only entry itself: most clients ask for one name of a type, and there are thousands of them. */
export class SmallMap<Value> {
  #key: string | undefined;
  #value: Value | undefined;
  /** All entries, once there were two. */
  #all: Map<string, Value> | undefined;

  get size(): number {
    if (this.#all !== undefined) return this.#all.size;
    return this.#key === undefined ? 0 : 1;
  }

  has(key: string): boolean {
    return this.#all === undefined ? this.#key === key : this.#all.has(key);
  }

  get(key: string): Value | undefined {
    if (this.#all !== undefined) return this.#all.get(key);
    return this.#key === key ? this.#value : undefined;
  }

  set(key: string, value: Value): void {
    if (this.#all !== undefined) {
      this.#all.set(key, value);
      return;
    }
    if (this.#key !== undefined && this.#key !== key) {
      this.#all = new Map([[this.#key, this.#value as Value]]).set(key, value);
      this.#forget();
      return;
    }
    this.#key = key;
    this.#value = value;
  }

  /** True when it was there. */
  delete(key: string): boolean {
    if (this.#all !== undefined) return this.#all.delete(key);
    if (this.#key !== key) return false;
    this.#forget();
    return true;
  }

  clear(): void {
    this.#all = undefined;
    this.#forget();
  }

  /** In the order of insertion. */
  keys(): Iterable<string> {
    if (this.#all !== undefined) return this.#all.keys();
    return this.#key === undefined ? [] : [this.#key];
  }

  entries(): Iterable<readonly [string, Value]> {
    if (this.#all !== undefined) return this.#all.entries();
    return this.#key === undefined ? [] : [[this.#key, this.#value as Value]];
  }

  #forget(): void {
    this.#key = undefined;
    this.#value = undefined;
  }
}
