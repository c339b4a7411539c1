import type { KubeClient, Reflector } from '@fairlead/discovery/kubernetes';
import { createReflector } from '@fairlead/discovery/kubernetes';
import type { Data, DataKind, DataObject } from './data.js';
import { dataOf, dataRef } from './data.js';
import type { AgentClock, AgentLogger } from './host.js';

interface DataWatchesOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
}

/** Names one ConfigMap or Secret. */
interface DataName {
  readonly kind: DataKind;
  readonly namespace: string;
  readonly name: string;
}

/** What one pod has of a watch. */
export interface DataHold {
  /** What the watch shows; undefined while it has not shown anything yet, or is in trouble. */
  current(): { readonly data: Data | undefined } | undefined;
  /** The watch ends with the last hold. Idempotent. */
  release(): void;
}

interface Watch {
  readonly listeners: Set<() => void>;
  readonly reflector: Reflector;
  seen: boolean;
  version: string | undefined;
  shown: { readonly data: Data | undefined } | undefined;
}

/**
 * Watches the ConfigMaps and Secrets that pods of the node have mounted, each by its name and once for all pods: the
 * node authorizer of a real API server allows a node no more. An immutable one is read once.
 */
export class DataWatches {
  readonly #options: DataWatchesOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: DataWatchesOptions) {
    this.#options = options;
  }

  /** Calls `changed` after each change until released. */
  hold(what: DataName, changed: () => void): DataHold {
    const key = `${what.kind}/${what.namespace}/${what.name}`;
    const watch = this.#watches.get(key) ?? this.#start(what);
    this.#watches.set(key, watch);
    const listener = (): void => changed();
    watch.listeners.add(listener);
    return {
      current: () => watch.shown,
      release: () => {
        watch.listeners.delete(listener);
        if (watch.listeners.size > 0) return;
        watch.reflector.close();
        if (this.#watches.get(key) === watch) this.#watches.delete(key);
      },
    };
  }

  #start({ kind, namespace, name }: DataName): Watch {
    const show = (object: DataObject | undefined): void => {
      const version = object?.metadata.resourceVersion;
      const known = watch.seen;
      const same = known && watch.version === version;
      watch.seen = true;
      watch.version = version;
      watch.shown = { data: object && dataOf(kind, object) };
      if (object?.immutable) watch.reflector.close();
      // That it is still not there is no news to whoever has just looked.
      if (!same && (known || object)) for (const listener of [...watch.listeners]) listener();
    };
    const reflector = createReflector<DataObject>({
      ...this.#options,
      ref: dataRef(kind),
      request: { namespace, query: { fieldSelector: `metadata.name=${name}` } },
      handler: {
        replace: ([object]) => show(object),
        upsert: show,
        remove: () => show(undefined),
        onState: (trouble) => {
          if (trouble) watch.shown = undefined;
        },
      },
    });
    const watch: Watch = {
      listeners: new Set(),
      reflector,
      seen: false,
      version: undefined,
      shown: undefined,
    };
    reflector.start();
    return watch;
  }
}
