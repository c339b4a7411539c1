import type { Endpoint, EndpointDiff, EndpointSet, EndpointSetState } from '@fairlead/discovery';
import { conditionsOf } from './endpoint.js';
import type { Style } from './style.js';

/** One line of `fairlead watch -o json`. */
export interface ChangeLine {
  /** Epoch ms. */
  readonly atMs: number;
  /** Since the slice's trigger time, where it has one. */
  readonly ageMs: number | null;
  readonly added: readonly Endpoint[];
  readonly removed: readonly Endpoint[];
  readonly changed: readonly Endpoint[];
  readonly state: { readonly kind: string; readonly sinceMs?: number; readonly cause?: string };
}

/** What is told: a set with its difference, or a change of state alone. */
export interface News {
  readonly atMs: number;
  readonly state: EndpointSetState;
  readonly diff?: EndpointDiff;
  readonly set?: EndpointSet;
}

const NO_CHANGE: EndpointDiff = { added: [], removed: [], changed: [] };

function stateOf(state: EndpointSetState): ChangeLine['state'] {
  if (state.kind === 'live') return { kind: 'live' };
  return { kind: state.kind, sinceMs: state.sinceMs, cause: state.cause.message };
}

/** The line for machines. */
export function changeLine({ atMs, state, diff = NO_CHANGE, set }: News): ChangeLine {
  return { atMs, ageMs: set?.ageMs ?? null, ...diff, state: stateOf(state) };
}

function endpointText(sign: string, endpoint: Endpoint): string {
  return `${sign}${endpoint.key}${endpoint.pod ? ` ${endpoint.pod}` : ''} ${conditionsOf(endpoint)}`;
}

const plural = (count: number): string => `${count} endpoint${count === 1 ? '' : 's'}`;

/** The line for people. `explain` says why a set has nothing to call. */
export function formatChange(news: News, style: Style, explain: (set: EndpointSet) => string): string {
  const { atMs, ageMs, added, removed, changed, state } = changeLine(news);
  const parts = [
    style('dim', new Date(atMs).toISOString().slice(11, 23)),
    ...added.map((endpoint) => style('green', endpointText('+', endpoint))),
    ...removed.map((endpoint) => style('red', endpointText('-', endpoint))),
    ...changed.map((endpoint) => style('yellow', endpointText('~', endpoint))),
  ];
  if (state.kind !== 'live') parts.push(style('yellow', `${state.kind}: ${state.cause}`));
  else if (!news.set) parts.push(style('green', 'live again'));
  if (news.set) {
    const age = ageMs === null ? '' : `, ${ageMs} ms after the change`;
    parts.push(`(${plural(news.set.endpoints.length)}${age})`);
    if (news.set.endpoints.length === 0 && state.kind === 'live')
      parts.push(style('yellow', explain(news.set)));
  }
  return parts.join('  ');
}
