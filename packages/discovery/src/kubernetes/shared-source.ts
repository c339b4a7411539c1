import type { EndpointSource } from '../source.js';
import type { AccessOptions, ClusterAccess } from './access.js';
import type { KubeClient } from './client.js';
import { createKubeClient } from './create-client.js';
import { loadAccess } from './load-access.js';
import { createKubernetesSource, type KubernetesSourceOptions } from './source.js';

/** What makes two users of endpoint sets share one watch: the same cluster, user and timing. */
export type SharedSourceOptions = Pick<AccessOptions, 'kubeconfig' | 'context'> &
  Omit<KubernetesSourceOptions, 'client' | 'createReflector' | 'onIdle'>;

/** A cluster as this process sees it. */
export interface SharedSource {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly source: EndpointSource;
}

interface Entry {
  readonly options: Readonly<Record<string, unknown>>;
  readonly shared: SharedSource;
}

const entries = new Set<Entry>();

function sameOptions(a: Entry['options'], b: Entry['options']): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => a[name] === b[name]);
}

/**
 * The source of this process for these options: a second call with equal options gives the same one, as long as it is
 * in use. It ends by itself `lingerMs` after its last watch. Nothing connects before the first watch. Throws
 * ACCESS_INVALID when no credentials are found.
 */
export function sharedKubernetesSource(options: SharedSourceOptions = {}): SharedSource {
  const identity = {
    ...options,
    KUBECONFIG: options.kubeconfig === undefined ? process.env.KUBECONFIG : undefined,
  };
  for (const entry of entries) if (sameOptions(entry.options, identity)) return entry.shared;
  const { kubeconfig, context, ...timing } = options;
  const { logger, clock } = timing;
  const access = loadAccess({ kubeconfig, context });
  const client = createKubeClient(access, { logger, clock });
  const onIdle = (): void => {
    entries.delete(entry);
    source.close();
    client.close();
  };
  const source = createKubernetesSource({ ...timing, client, onIdle });
  const entry: Entry = { options: identity, shared: { access, client, source } };
  entries.add(entry);
  return entry.shared;
}
