import { DiscoveryError } from '../../errors.js';
import type { KubeClient, KubeList, KubeObject, RequestOptions, ResourceRef } from '../client/client.js';
import { KubeError } from '../client/kube-error.js';
import type { Step } from './decide.js';

/** client-go's page size. */
const PAGE = 500;
/** A million objects: more pages than that are a server that goes round in circles. */
const MOST_PAGES = 2_000;

export interface ListRequest {
  readonly client: KubeClient;
  readonly ref: ResourceRef;
  readonly options: RequestOptions;
}

function firstQuery(step: Step & { kind: 'list' }): Readonly<Record<string, string | number>> {
  switch (step.from) {
    case 'cache':
      return { resourceVersion: '0', limit: PAGE };
    case 'quorum':
      return { limit: PAGE };
    case 'known':
      // With a limit and no match rule the server would look for exactly that version, which may be gone.
      return step.rv === ''
        ? { limit: PAGE }
        : { resourceVersion: step.rv, resourceVersionMatch: 'NotOlderThan' };
  }
}

/** Lists page by page. Pages that expire on the way are replaced by one list without a limit. */
export async function listAll<T extends KubeObject>(
  { client, ref, options }: ListRequest,
  step: Step & { kind: 'list' },
): Promise<{ items: readonly T[]; rv: string }> {
  const get = (query: Readonly<Record<string, string | number>>): Promise<KubeList<T>> =>
    client.list<T>(ref, { ...options, query: { ...options.query, ...query } });
  const first = firstQuery(step);
  let page = await get(first);
  let items = page.items;
  const tokens = new Set<string>();
  for (let token = page.metadata.continue; token; token = page.metadata.continue) {
    if (tokens.has(token) || tokens.size === MOST_PAGES) {
      throw new DiscoveryError('PROTOCOL', `list of ${ref.resource}: its pages have no end`);
    }
    tokens.add(token);
    try {
      page = await get({ limit: PAGE, continue: token });
      items = items.concat(page.items);
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 410) throw error;
      const { limit: _, ...whole } = first;
      page = await get(whole);
      items = page.items;
    }
  }
  return { items, rv: page.metadata.resourceVersion ?? '' };
}
