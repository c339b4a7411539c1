import { ConfigError } from '../errors.js';

/** Longest value that an error message repeats. */
const SHOWN_CHARS = 60;

/** A text on one line: JSON leaves the controls behind ASCII and the separators of lines as they are. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** Writes any value on one short line. */
export function show(value: unknown): string {
  let text: string | undefined;
  try {
    // JSON has no NaN and no Infinity.
    text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  } catch {
    // A cycle or a bigint: no JSON can have held it.
  }
  text ??= typeof value === 'object' ? 'an object' : String(value);
  return oneLine(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);
}

/** Whether a JSON value is an object. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws unless `value` is a plain JSON object. */
export function readObject(value: unknown, path: string, accepted: string): Record<string, unknown> {
  if (isPlainObject(value)) return value;
  throw new ConfigError('CONFIG_INVALID', path, `${show(value)} is not accepted: ${accepted}`);
}

/** What may stand where. */
export interface Names {
  readonly accepted: readonly string[];
  /** What the names are, for the message: `key` or `policy`. */
  readonly kind: string;
}

/** Throws unless `name` is accepted; says what was probably meant. */
export function checkName(name: string, path: string, names: Names): void {
  if (names.accepted.includes(name)) return;
  const meant = nearest(name, names.accepted);
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  throw new ConfigError(
    'CONFIG_INVALID',
    path,
    `unknown ${names.kind} ${show(name)}${hint}; accepted: ${list(names.accepted)}`,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** The name that differs least, ignoring case, `_` and `-`; undefined when none is close. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(name).slice(0, SHOWN_CHARS);
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of names) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
