import type { Clock, Random } from '../../clock.js';
import type { DiscoveryError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { KubeClient, KubeObject, RequestOptions, ResourceRef, WatchOptions } from '../client/client.js';

/** Why a reflector started over, for `fairlead.watch.restarts`. */
export type RestartReason = 'ended' | 'expired' | 'reset' | 'idle' | 'error' | 'throttled' | 'short';

/**
 * What a reflector tells its store. `replace` carries the complete truth (a list, or a watch-list up to its
 * bookmark), each object as `prepare` left it; `upsert` and `remove` one change each. `onState(null)` = connected and in
 * sync; an error = trouble.
 */
export interface ReflectorHandler<T extends KubeObject, L = T> {
  replace(items: readonly L[]): void;
  upsert(item: T): void;
  remove(item: T): void;
  onState?(trouble: DiscoveryError | null): void;
  onRestart?(reason: RestartReason): void;
}

export interface ReflectorOptions<T extends KubeObject, L = T> {
  readonly client: KubeClient;
  readonly ref: ResourceRef;
  /** Namespace and selectors of both list and watch. */
  readonly request?: Pick<RequestOptions, 'namespace' | 'query'>;
  readonly handler: ReflectorHandler<T, L>;
  /**
   * What `replace` needs of an object, made as soon as that is read: a long list is then neither held as JSON nor gone
   * through in one piece. It must not throw. Default: the object itself.
   */
  readonly prepare?: (object: T) => L;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** With false neither sockets nor timers keep the process alive. Default true. */
  readonly keepProcessAlive?: boolean;
  /** Try `sendInitialEvents` first (default true); falls back for good when the server refuses it. */
  readonly watchList?: boolean;
  /** No byte for so long = the watch is dead (ms, default 120000). */
  readonly idleMs?: number;
  /** As in `WatchOptions`; handlers must not change what they get. */
  readonly sameElementsOf?: WatchOptions['sameElementsOf'];
  /** Upper end of the random delay before the first list (ms, default 0): many targets must not list at once. */
  readonly firstListJitterMs?: number;
}

/** Lists and watches one resource into its handler until closed: reference of the rules is docs/kubernetes-watch.md. */
export interface Reflector {
  start(): void;
  /** There is reason to believe that much has changed: a back-off that has lasted 5 s ends within half a second. */
  refresh(): void;
  /** Idempotent; no handler call is made after it returns. */
  close(): void;
}
