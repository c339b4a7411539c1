/** A deep, mutable copy of JSON data; members that are undefined are left out, as on the wire. */
export function copyJson<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    // A plain assignment of the key "__proto__" would set the prototype instead of a member.
    if (key === '__proto__') {
      Object.defineProperty(result, key, {
        value: copy(member),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    } else {
      result[key] = copy(member);
    }
  }
  return result;
}

/** Freezes JSON data all the way down; parts that are frozen already are taken to be frozen below too. */
export function freezeDeep<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freezeDeep(member);
  }
  return value;
}

/** Whether two JSON values are the same, whatever the order of members; undefined members count as absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => equalJson(item, b[i]));
  }
  const left = Object.entries(a).filter(([, value]) => value !== undefined);
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  if (left.length !== right.size) return false;
  return left.every(([key, value]) => right.has(key) && equalJson(value, right.get(key)));
}

/** How deep a JSON value is nested; it is looked at no deeper than one level below `most`. */
export function depthOf(value: unknown, most: number): number {
  if (value === null || typeof value !== 'object') return 0;
  if (most < 0) return 1;
  let deepest = 0;
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member, most - 1));
  return deepest + 1;
}

/** Follows `path` through objects of unknown shape; undefined where there is no such member. */
export function at(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** Whether a value is a JSON object (and not an array or null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
