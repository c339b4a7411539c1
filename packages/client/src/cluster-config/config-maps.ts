import type { Clock, Random } from '@fairlead/discovery';
import {
  type KubeObject,
  type ObjectView,
  ObjectWatch,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import type { ClusterApi } from '../clusters/clusters.js';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', resource: 'configmaps' };

/** What of a ConfigMap matters here. */
export interface ConfigMapFields {
  readonly data: Readonly<Record<string, string>>;
}

export type ConfigMapReader = (view: ObjectView<ConfigMapFields>) => void;

export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

function read({ data }: KubeObject): ConfigMapFields {
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return { data: Object.fromEntries(entries.filter(([, value]) => typeof value === 'string')) };
}

interface Shared {
  readonly watch: ObjectWatch<ConfigMapFields>;
  readonly readers: Set<ConfigMapReader>;
}

/** The ConfigMaps of one API server that somebody reads: one watch for each, with the verbs `get` and `watch`. */
export class ConfigMaps {
  readonly #client: ClusterApi['client'];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #open = new Map<string, Shared>();

  constructor(client: ClusterApi['client'], clock: Clock, random: Random) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Adds a reader, who is told of each change, and of what is known already in a later macrotask; returns the function
   * that removes it.
   */
  read({ namespace, name }: ConfigMapName, reader: ConfigMapReader): () => void {
    const id = `${namespace}/${name}`;
    const shared = this.#open.get(id) ?? this.#start(id, { namespace, name });
    const own: ConfigMapReader = (view) => reader(view);
    shared.readers.add(own);
    const opening = setImmediate(() => {
      if (shared.watch.view.kind !== 'pending') own(shared.watch.view);
    });
    return () => {
      clearImmediate(opening);
      if (!shared.readers.delete(own) || shared.readers.size > 0) return;
      shared.watch.close();
      this.#open.delete(id);
    };
  }

  #start(id: string, { namespace, name }: ConfigMapName): Shared {
    const readers = new Set<ConfigMapReader>();
    const tell = (): void => {
      for (const reader of [...readers]) if (readers.has(reader)) reader(watch.view);
    };
    const watch: ObjectWatch<ConfigMapFields> = new ObjectWatch({
      client: this.#client,
      ref: CONFIG_MAPS,
      namespace,
      name,
      read,
      clock: this.#clock,
      random: this.#random,
      onChange: tell,
    });
    const shared = { watch, readers };
    this.#open.set(id, shared);
    return shared;
  }
}
