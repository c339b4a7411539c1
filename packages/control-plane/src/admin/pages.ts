import type { AdsClient } from '../ads/service.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import type { Resource } from '../snapshot/resource.js';
import { dumpResource } from './dump.js';
import { languageOf, type Measured } from './metrics.js';

/** What the pages are made from. */
export interface Administered extends Measured {
  clients(): readonly AdsClient[];
  /** Names of the resources of a type, in no order. */
  names(type: ResourceType): Iterable<string>;
  resource(type: ResourceType, name: string): Resource | undefined;
}

/** An answer to a person or a script. */
export interface Page {
  readonly status: number;
  readonly body: object;
}

/** Entries on one page when the query says nothing, and at most. */
const ENTRIES = 100;
const MOST_ENTRIES = 1_000;

const wrong = (text: string): Page => ({ status: 400, body: { error: text } });

/** `limit` of a query; undefined for one that is no limit. */
function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get('limit');
  if (text === null) return ENTRIES;
  const limit = Number(text);
  return Number.isInteger(limit) && limit >= 1 && limit <= MOST_ENTRIES ? limit : undefined;
}

const LIMIT = `limit: accepted is 1 to ${MOST_ENTRIES}`;

/** `/clients[?node=ID][&limit=N]`: who is connected, what they hold, and what they refuse. */
export function clientsPage(administered: Administered, query: URLSearchParams): Page {
  const limit = limitOf(query);
  if (limit === undefined) return wrong(LIMIT);
  const node = query.get('node');
  const all = administered.clients().filter((client) => node === null || client.node?.id === node);
  const clients = all.slice(0, limit).map(({ node: said, held, ...client }) => ({
    node: said?.id ?? null,
    language: languageOf(said?.agent),
    agent: said === undefined ? null : `${said.agent} ${said.agentVersion}`.trim(),
    ...client,
    holds: held().map(({ type, versions, accepted, wildcard }) => ({
      type,
      ...(wildcard ? { wildcard } : {}),
      accepted,
      count: versions.size,
      versions: Object.fromEntries([...versions].slice(0, limit)),
    })),
  }));
  return { status: 200, body: { count: all.length, clients } };
}

const isType = (text: string | null): text is ResourceType =>
  text !== null && (PUSH_ORDER as readonly string[]).includes(text);

/** `/snapshot[?type=TYPE][&name=NAME][&limit=N]`: what clients are served, as it is on the wire. */
export function snapshotPage(administered: Administered, query: URLSearchParams): Page {
  const limit = limitOf(query);
  if (limit === undefined) return wrong(LIMIT);
  const type = query.get('type');
  if (type !== null && !isType(type)) return wrong(`type: accepted are ${PUSH_ORDER.join(', ')}`);
  const name = query.get('name');
  const found = (type === null ? PUSH_ORDER : [type]).flatMap((each) =>
    [...administered.names(each)]
      .filter((one) => name === null || one === name)
      .map((one) => [each, one] as const),
  );
  const resources = found.slice(0, limit).flatMap(([each, one]) => {
    const resource = administered.resource(each, one);
    if (resource === undefined) return [];
    return [{ type: each, name: one, version: resource.version, resource: dumpResource(resource) }];
  });
  return { status: 200, body: { count: found.length, resources } };
}
