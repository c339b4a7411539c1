import { usable } from '../cluster/slices.js';
import type { XdsLook } from '../xds/client-messages.js';
import { calledFor, differences, type Truth } from './settle.js';

/** What an xDS client was told, and what it does. */
export interface SeenXds {
  readonly name: string;
  /** `ip:port`; null: it was told nothing yet. */
  readonly told: readonly string[] | null;
  /** Null for one that does not call. */
  readonly look: XdsLook | null;
}

/** What an xDS client was told or is connected to that differs from the API. Empty when they agree. */
export function xdsDisagreements(truth: Truth, { name, told, look }: SeenXds): string[] {
  const wanted = usable(truth.endpoints).map(({ key }) => key);
  return [
    ...differences(`endpoint that ${name} was told of`, told ?? [], wanted),
    ...(look === null ? [] : calledFor(truth))
      .filter((key) => !look?.connectedTo.includes(key))
      .map((key) => `the kernel knows no connection of ${name} to ${key}`),
  ];
}

/** Where calls of an xDS client went since the last mark that they should not have, and where none went. */
export function xdsMisdirected(truth: Truth, { name, look }: SeenXds): string[] {
  if (look === null) return [];
  return differences(`${name} call answered by`, Object.keys(look.answered), calledFor(truth));
}
