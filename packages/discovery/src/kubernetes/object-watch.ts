import type { Clock, Random } from '../clock.js';
import type { KubeClient, KubeObject, RequestOptions, ResourceRef } from './client/client.js';
import { KubeError, kubeErrorFromStatus, toDiscoveryError } from './client/kube-error.js';
import { UNCONNECTED_CAP_MS } from './reflector/backoff.js';
import { failureOf } from './reflector/failure.js';
import { createPause, type Pause } from './reflector/pause.js';

/** The API server's own span for watches: 5 to 10 minutes, spread. */
const WATCH_SECONDS = 300;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A Role rarely changes: asking once a minute whether it did costs nothing. */
const FORBIDDEN_WAIT_MS = 60_000;
/** A watch that ended sooner was none, and the wait before the next one grows. */
const SHORT_MS = 1_000;
/** A watch that is not answered holds the get back for no longer. */
const OPEN_MS = 1_000;
/** So many gets that failed in a row, and the object counts as unreadable until it is read. */
const PATIENCE = 3;

/** What is known of one object; `T` is what was read of it. */
export type ObjectView<T> =
  /** Not answered yet. */
  | { readonly kind: 'pending' }
  /** It cannot be read: 401, 403, or trouble before the first answer. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'missing' }
  | ({ readonly kind: 'found' } & T);

export interface ObjectWatchOptions<T> {
  readonly client: Pick<KubeClient, 'server' | 'identity' | 'get' | 'watch'>;
  readonly ref: ResourceRef;
  readonly namespace: string;
  readonly name: string;
  /** What of the object matters; `onChange` is called when that is another. It must be JSON. */
  readonly read: (object: KubeObject) => T;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: () => void;
}

function isDenied(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 403 || error.status === 401);
}

/**
 * Keeps one object up to date with the verbs `get` and `watch` only: a list would need a right that the documented
 * Role does not give. The watch starts without a resourceVersion (it begins with the object as it is), and the get
 * after its start tells whether the object exists at all. It never keeps the process alive.
 */
export class ObjectWatch<T> {
  readonly #options: ObjectWatchOptions<T>;
  readonly #abort = new AbortController();
  readonly #pause: Pause;
  #view: ObjectView<T> = { kind: 'pending' };
  /** Gets in a row that failed. */
  #misses = 0;
  /** Watches in a row that failed or ended at once. */
  #failures = 0;

  /** Starts at once. */
  constructor(options: ObjectWatchOptions<T>) {
    this.#options = options;
    this.#pause = createPause(options.clock, false);
    void this.#run();
  }

  get view(): ObjectView<T> {
    return this.#view;
  }

  /** Idempotent; `onChange` is not called after it returns. */
  close(): void {
    this.#abort.abort();
    this.#pause.cancel();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const waitMs = await this.#once();
      if (!this.#abort.signal.aborted) await this.#pause.wait(waitMs);
    }
  }

  /** One watch from its start to its end, and one get; returns how long to wait before the next. Never rejects. */
  async #once(): Promise<number> {
    const { client, ref, namespace, name, random } = this.#options;
    const request: RequestOptions = { namespace, signal: this.#abort.signal, ref: false };
    const query = {
      fieldSelector: `metadata.name=${name}`,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
    };
    const opening = client.watch(ref, { ...request, query });
    const hearing = { heard: false };
    const followed = this.#follow(opening, hearing);
    opening.then(this.#pause.cancel, this.#pause.cancel);
    await this.#pause.wait(OPEN_MS);
    // The watch is the newer truth: the get only counts until the first event, and is never waited for before one.
    const looked = client.get(ref, name, request).then(
      (object) => void (hearing.heard || this.#found(object)),
      (error: unknown) => {
        if (!hearing.heard) this.#missed(error);
        return error;
      },
    );
    return this.#waitMs(await followed, await looked) * (1 + random());
  }

  /** Takes in what the watch tells; resolves with what ended it too soon, or undefined. Never rejects. */
  async #follow(
    opening: ReturnType<KubeClient['watch']>,
    hearing: { heard: boolean },
  ): Promise<Error | undefined> {
    const { name, clock } = this.#options;
    const startedAtMs = clock.now();
    try {
      for await (const { type, object } of await opening) {
        if (type === 'ERROR') throw kubeErrorFromStatus(object);
        if (object.metadata.name !== name || type === 'BOOKMARK') continue;
        hearing.heard = true;
        if (type === 'DELETED') this.#set({ kind: 'missing' });
        else this.#found(object);
      }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    return clock.now() - startedAtMs < SHORT_MS ? new Error('the watch ended at once') : undefined;
  }

  #waitMs(trouble: Error | undefined, missed: unknown): number {
    if (trouble === undefined) {
      this.#failures = 0;
      return FIRST_WAIT_MS;
    }
    if (isDenied(trouble) || isDenied(missed)) return FORBIDDEN_WAIT_MS;
    this.#failures++;
    const wantedMs = trouble instanceof KubeError ? (trouble.retryAfterMs ?? 0) : 0;
    const longestMs = failureOf(trouble) === 'unconnected' ? UNCONNECTED_CAP_MS : LONGEST_WAIT_MS;
    return Math.min(Math.max(wantedMs, FIRST_WAIT_MS * 2 ** this.#failures), longestMs);
  }

  #found(object: KubeObject): void {
    this.#misses = 0;
    this.#set({ kind: 'found', ...this.#options.read(object) });
  }

  #missed(error: unknown): void {
    if (error instanceof KubeError && error.status === 404) {
      this.#misses = 0;
      this.#set({ kind: 'missing' });
      return;
    }
    this.#misses++;
    if (this.#view.kind !== 'pending' || (!isDenied(error) && this.#misses < PATIENCE)) return;
    const { client, ref, namespace } = this.#options;
    const { server, identity } = client;
    const asked = { verb: 'get', ref, namespace, server, ...(identity ? { identity } : {}) };
    this.#set({ kind: 'unreadable', why: toDiscoveryError(error, asked).message });
  }

  #set(view: ObjectView<T>): void {
    if (this.#abort.signal.aborted || JSON.stringify(view) === JSON.stringify(this.#view)) return;
    this.#view = view;
    this.#options.onChange();
  }
}
