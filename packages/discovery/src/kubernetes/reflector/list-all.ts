import { DiscoveryError } from '../../errors.js';
import type { KubeClient, KubeList, KubeObject, RequestOptions, ResourceRef } from '../client/client.js';
import { KubeError } from '../client/kube-error.js';
import type { Step } from './decide.js';

/** client-go's page size. */
const PAGE = 500;
/** A million objects: more pages than that are a server that goes round in circles. */
const MOST_PAGES = 2_000;
/** So many objects are prepared before whatever else is due in the process has its turn. */
const OBJECTS_PER_TURN = 10;

export interface ListRequest<T extends KubeObject, L> {
  readonly client: KubeClient;
  readonly ref: ResourceRef;
  readonly options: RequestOptions;
  /** As in `ReflectorOptions`. */
  readonly prepare: (object: T) => L;
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

/** Adds a page's objects to what was listed. */
async function take<T, L>(objects: readonly T[], prepare: (object: T) => L, items: L[]): Promise<void> {
  for (const [index, object] of objects.entries()) {
    if (index > 0 && index % OBJECTS_PER_TURN === 0) await new Promise(setImmediate);
    items.push(prepare(object));
  }
}

/** Lists page by page. Pages that expire on the way are replaced by one list without a limit. */
export async function listAll<T extends KubeObject, L>(
  { client, ref, options, prepare }: ListRequest<T, L>,
  step: Step & { kind: 'list' },
): Promise<{ items: readonly L[]; rv: string }> {
  const get = (query: Readonly<Record<string, string | number>>): Promise<KubeList<T>> =>
    client.list<T>(ref, { ...options, query: { ...options.query, ...query } });
  const first = firstQuery(step);
  let page = await get(first);
  const items: L[] = [];
  await take(page.items, prepare, items);
  const tokens = new Set<string>();
  for (let token = page.metadata.continue; token; token = page.metadata.continue) {
    if (tokens.has(token) || tokens.size === MOST_PAGES) {
      throw new DiscoveryError('PROTOCOL', `list of ${ref.resource}: its pages have no end`);
    }
    tokens.add(token);
    try {
      page = await get({ limit: PAGE, continue: token });
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 410) throw error;
      const { limit: _, ...whole } = first;
      page = await get(whole);
      items.length = 0;
    }
    await take(page.items, prepare, items);
  }
  return { items, rv: page.metadata.resourceVersion ?? '' };
}
