import type { Clock, Timer } from '../api/clock.js';
import { ApiStatus } from '../api/status.js';
import type { ClusterApi, StoreEvent } from '../api/store.js';
import type { KubeObject } from '../objects.js';
import type { SandboxLogger } from '../sandbox.js';

/** Which keys an event of one resource puts into the queue. */
export interface ControllerWatch {
  readonly resource: string;
  keys(event: StoreEvent): Iterable<string>;
}

/** What a controller needs of its surroundings. */
export interface ControllerContext {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: SandboxLogger;
  /** A number in [0, 1); jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface ControllerOptions extends ControllerContext {
  readonly name: string;
  readonly watches: readonly ControllerWatch[];
  /**
   * Brings the world closer to what the object of `key` asks for. Called with one key at a time; it reads the state
   * afresh and may be called at any time. Returns after how many milliseconds the key is due again without an event.
   */
  reconcile(key: string): number | undefined;
  /** Failures in a row of one key until the controller waits for the next event. Default 15, as upstream. */
  readonly maxRetries?: number;
  /** The delay doubles from `baseMs` to `maxMs`; half of it is jitter. Default 5 ms to 1000 s, as upstream. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** A running control loop. */
export interface Controller {
  readonly name: string;
  /** Puts a key into the queue as an event would. */
  enqueue(key: string): void;
  /** Ends watches and timers; nothing is reconciled afterwards. Idempotent. */
  close(): void;
}

/** The queue is left to the event loop after so many keys, so that I/O goes on under load. */
const KEYS_PER_TURN = 64;

/** The queue key of an object: `namespace/name`, `/name` for cluster-scoped ones. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Takes a queue key apart; the namespace of cluster-scoped objects is undefined. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash) || undefined, name: key.slice(slash + 1) };
}

/** Watches a resource whose objects are the controller's own keys. */
export function watchSelf(resource: string): ControllerWatch {
  return { resource, keys: (event) => [keyOf(event.object)] };
}

/** Starts a level-triggered control loop on a queue without duplicates. */
export function createController(options: ControllerOptions): Controller {
  const { maxRetries = 15, backoff = { baseMs: 5, maxMs: 1_000_000 }, random = Math.random } = options;
  const queue = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, Timer>();
  let turn: NodeJS.Immediate | undefined;
  let closed = false;

  function enqueue(key: string): void {
    if (closed) return;
    queue.add(key);
    turn ??= setImmediate(runTurn);
  }

  function enqueueAfter(key: string, delayMs: number): void {
    timers.get(key)?.cancel();
    const due = (): void => {
      timers.delete(key);
      enqueue(key);
    };
    timers.set(key, options.clock.setTimeout(due, Math.max(0, delayMs)));
  }

  function runTurn(): void {
    turn = undefined;
    let left = KEYS_PER_TURN;
    for (const key of queue) {
      if (left-- === 0) break;
      queue.delete(key);
      runKey(key);
      if (closed) return;
    }
    if (queue.size > 0) turn ??= setImmediate(runTurn);
  }

  function runKey(key: string): void {
    timers.get(key)?.cancel();
    timers.delete(key);
    try {
      const dueMs = options.reconcile(key);
      failures.delete(key);
      if (dueMs !== undefined && !closed) enqueueAfter(key, dueMs);
    } catch (error) {
      retry(key, error);
    }
  }

  function retry(key: string, error: unknown): void {
    const count = (failures.get(key) ?? 0) + 1;
    const fields = { controller: options.name, key, attempt: count, error: String(error) };
    if (count > maxRetries) {
      failures.delete(key);
      options.logger.error('controller gives up until the next event', fields);
      return;
    }
    failures.set(key, count);
    // Someone else wrote in between: that is how optimistic concurrency works, not trouble.
    if (isConflict(error) || count > 1) options.logger.debug('controller retries', fields);
    else options.logger.warn('controller failed, it will retry', fields);
    const fullMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (count - 1));
    if (!closed) enqueueAfter(key, fullMs / 2 + (random() * fullMs) / 2);
  }

  const closers = options.watches.map((watch) =>
    options.api.watch(watch.resource, (event) => {
      for (const key of watch.keys(event)) enqueue(key);
    }),
  );

  return {
    name: options.name,
    enqueue,
    close() {
      closed = true;
      for (const end of closers.splice(0)) end();
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
      queue.clear();
      if (turn) clearImmediate(turn);
      turn = undefined;
    },
  };
}

/** Whether the API server refused a write because the object changed in between. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiStatus && error.code === 409 && error.reason === 'Conflict';
}

/** Whether the API server refused a create because the name is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiStatus && error.code === 409 && error.reason === 'AlreadyExists';
}

/** Whether the API server refused a create because the namespace is going away: there is nothing left to do then. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof ApiStatus &&
    (error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false)
  );
}
