import type { Clock, Timer } from '../api/clock.js';
import { ApiStatus } from '../api/status.js';
import type { ClusterApi, StoreEvent } from '../api/store.js';
import type { SandboxLogger } from '../logger.js';
import type { KubeObject } from '../objects.js';

/** Which keys an event of one resource puts into the queue. */
interface ControllerWatch {
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
  const loop = new ControlLoop(options);
  loop.start();
  return loop;
}

class ControlLoop implements Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, Timer>();
  #closers: (() => void)[] = [];
  #turn: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    const { api, watches } = this.#options;
    this.#closers = watches.map((watch) => api.watch(watch.resource, (event) => this.#onEvent(watch, event)));
  }

  enqueue(key: string): void {
    if (this.#closed) return;
    this.#queue.add(key);
    this.#turn ??= setImmediate(() => this.#runTurn());
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#closers.splice(0)) end();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#queue.clear();
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  #onEvent(watch: ControllerWatch, event: StoreEvent): void {
    try {
      for (const key of watch.keys(event)) this.enqueue(key);
    } catch (error) {
      const fields = { controller: this.name, resource: watch.resource, key: keyOf(event.object) };
      this.#options.logger.error('controller cannot read an event', { ...fields, error: String(error) });
    }
  }

  #runTurn(): void {
    this.#turn = undefined;
    let left = KEYS_PER_TURN;
    for (const key of this.#queue) {
      if (left-- === 0) break;
      this.#queue.delete(key);
      this.#runKey(key);
    }
    if (this.#queue.size > 0) this.#turn ??= setImmediate(() => this.#runTurn());
  }

  #runKey(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    try {
      const dueMs = this.#options.reconcile(key);
      this.#failures.delete(key);
      if (dueMs !== undefined) this.#enqueueAfter(key, dueMs);
    } catch (error) {
      this.#retry(key, error);
    }
  }

  #retry(key: string, error: unknown): void {
    const {
      maxRetries = 15,
      backoff = { baseMs: 5, maxMs: 1_000_000 },
      random = Math.random,
      logger,
    } = this.#options;
    const count = (this.#failures.get(key) ?? 0) + 1;
    const fields = { controller: this.name, key, attempt: count, error: String(error) };
    if (count > maxRetries) {
      this.#failures.delete(key);
      logger.error('controller gives up until the next event', fields);
      return;
    }
    this.#failures.set(key, count);
    // Someone else wrote in between: that is how optimistic concurrency works, not trouble.
    if (isConflict(error) || count > 1) logger.debug('controller retries', fields);
    else logger.warn('controller failed, it will retry', fields);
    const fullMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (count - 1));
    this.#enqueueAfter(key, fullMs / 2 + (random() * fullMs) / 2);
  }

  #enqueueAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    const due = (): void => {
      this.#timers.delete(key);
      this.enqueue(key);
    };
    this.#timers.set(key, this.#options.clock.setTimeout(due, Math.max(0, delayMs)));
  }
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
