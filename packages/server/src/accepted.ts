import { refused } from './errors.js';

// Checks of options: each returns what it was given, or throws a `ServerError` that says what is accepted.

/** Longest timer of Node; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** An object with no other keys than these; `what` is one of them in messages: `option`, `check "db"`. */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw refused(`${what}s`, options, 'an object');
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw refused(what, name, names.join(', '));
  }
}

export function checkMs(name: string, value: number, least = 0): number {
  if (typeof value === 'number' && value >= least && value <= MAX_TIMER_MS) return value;
  throw refused(name, value, `milliseconds from ${least} to ${MAX_TIMER_MS}`);
}

export function checkCount(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw refused(name, value, `a whole number, ${least} or more`);
}

export function checkMethods<T extends object>(name: string, value: T, methods: readonly string[]): T {
  const has = (method: string): boolean => typeof Reflect.get(value, method) === 'function';
  if (typeof value === 'object' && value !== null && methods.every(has)) return value;
  const list = methods.length > 1 ? `${methods.slice(0, -1).join(', ')} and ` : '';
  throw refused(name, value, `an object with the functions ${list}${methods.at(-1)}`);
}

export function checkType<T>(name: string, value: T, type: 'boolean' | 'function'): T {
  if (typeof value === type) return value;
  throw refused(name, value, `a ${type}`);
}
