import type { Dice } from '../random.js';
import type { Form } from './form.js';
import { changeText, ODD_TEXTS } from './text.js';

/** A JSON value. In it a text `§list:N`, `§nest:N` or `§long:N` stands for something too large to carry about. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

const SIZES: readonly number[] = [100, 3_000, 20_000];
/** A text may be changed into one that asks for more: nothing is larger than this. */
const LARGEST = 20_000;
const STANDS_FOR = /"§(list|nest|long):(\d+)"/g;

function large(kind: string, size: number): string {
  if (kind === 'list') return '['.repeat(size) + ']'.repeat(size);
  if (kind === 'nest') return `${'{"a":'.repeat(size)}1${'}'.repeat(size)}`;
  return `"${'x'.repeat(size)}"`;
}

/** The JSON text of a value, with what stands for something large written out, but no larger than `most`. */
export function jsonText(value: Json, most = Number.POSITIVE_INFINITY): string {
  return JSON.stringify(value).replace(STANDS_FOR, (_, kind: string, size: string) =>
    large(kind, Math.min(most, LARGEST, Number(size))),
  );
}

/** The value itself, with what stands for something large written out. */
export function jsonValue(value: Json): unknown {
  return JSON.parse(jsonText(value));
}

/** A place in a value: the holder and the key in it. */
interface Place {
  readonly holder: Exclude<Json, null | boolean | number | string>;
  readonly key: string | number;
}

function isHolder(value: Json | undefined): value is Place['holder'] {
  return typeof value === 'object' && value !== null;
}

function places(root: Place['holder']): Place[] {
  const found: Place[] = [];
  const visit = (holder: Place['holder']): void => {
    for (const key of Object.keys(holder)) {
      const place = { holder, key: Array.isArray(holder) ? Number(key) : key };
      found.push(place);
      const value = at(place);
      if (isHolder(value)) visit(value);
    }
  };
  visit(root);
  return found;
}

function at({ holder, key }: Place): Json | undefined {
  return Array.isArray(holder) ? holder[Number(key)] : Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/** Also a key `__proto__` becomes data: that is what JSON.parse makes of it, and what readers must live with. */
function put(holder: Place['holder'], key: string | number, value: Json): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function odd(dice: Dice, words: readonly string[]): Json {
  const values: readonly (() => Json)[] = [
    () => null,
    () => dice.once(2),
    () => dice.pick([0, -0, 1, -1, 0.5, 53, 65_535, 65_536, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308]),
    () => dice.pick(ODD_TEXTS),
    () => dice.pick(words.length > 0 ? words : ODD_TEXTS),
    () => [],
    () => ({}),
    () => [odd(dice, words)],
    () => {
      const holder = {};
      put(holder, dice.pick(dice.once(2) ? words : ODD_TEXTS) ?? 'a', odd(dice, words));
      return holder;
    },
    () => (dice.once(8) ? `§${dice.pick(['list', 'nest', 'long'])}:${dice.pick(SIZES)}` : ''),
  ];
  return dice.pick(values)();
}

function any(value: Json, dice: Dice): Json {
  const all = isHolder(value) ? places(value) : [];
  return all.length === 0 ? value : (at(dice.pick(all)) ?? null);
}

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Puts a value beside the one at a place: under a new key, or as a further item. */
function insert({ holder, key }: Place, value: Json, name: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 0, value);
  else put(holder, name, value);
}

function changeAt(
  place: Place,
  root: Json,
  other: Json,
  { dice, words }: { dice: Dice; words: readonly string[] },
) {
  const { holder, key } = place;
  const value = at(place) ?? null;
  const name = (): string => dice.pick(dice.once(2) && words.length > 0 ? words : ODD_TEXTS);
  const changes: readonly (() => void)[] = [
    () => put(holder, key, odd(dice, words)),
    () => remove(place),
    () => insert(place, odd(dice, words), name()),
    () => insert(place, structuredClone(value), name()),
    () => insert(place, structuredClone(any(other, dice)), name()),
    () => put(holder, key, structuredClone(any(root, dice))),
    () => put(holder, key, structuredClone(any(other, dice))),
    () => put(holder, key, [value]),
    () =>
      put(holder, key, typeof value === 'number' ? value + dice.pick([-1, 1, 0.5]) : JSON.stringify(value)),
    () => {
      remove(place);
      insert(place, value, name());
    },
    () => put(holder, key, typeof value === 'string' ? changeText(value, dice, name(), words) : value),
    () => put(holder, key, typeof value === 'string' ? changeText(value, dice, name(), words) : value),
  ];
  dice.pick(changes)();
}

/** Inputs that are JSON, changed in their structure; `words` are keys and values that their readers know. */
export function jsonForm(words: readonly string[] = []): Form<Json> {
  return {
    mutate(value, other, dice) {
      const box: Json[] = [structuredClone(value)];
      changeAt(dice.pick(places(box)), value, other, { dice, words });
      return box[0] ?? null;
    },
    write: (value) => JSON.stringify(value),
    read: (line) => JSON.parse(line),
  };
}
