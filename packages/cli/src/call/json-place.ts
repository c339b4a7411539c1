import { UsageError } from '../errors.js';

/** A JSON value with its place, as in `data.items[2].price`. */
export interface Place {
  readonly path: string;
  readonly value: unknown;
}

/** Fields of a message by name, as `Type.fromObject` takes them. */
export type Fields = Record<string, unknown>;

/** Shows a value of the user's in a message: on one line, and not all of it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Throws what is wrong at a place and what is accepted there. */
export function refuse({ path, value }: Place, accepted: string): never {
  throw new UsageError(`${path}: ${shown(value)}: ${accepted} is accepted`);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
