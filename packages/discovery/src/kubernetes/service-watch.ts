import type { Clock, Random } from '../clock.js';
import type { KubeClient, KubeObject, RequestOptions, ResourceRef } from './client.js';
import { KubeError } from './kube-error.js';
import type { ServicePort, ServiceView } from './port-rule.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
/** The API server's own span for watches: 5 to 10 minutes, spread. */
const WATCH_SECONDS = 300;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A Role rarely changes: asking once a minute whether it did costs nothing. */
const FORBIDDEN_WAIT_MS = 60_000;
/** So many failures in a row, and the Service counts as unreadable until it is read. */
const PATIENCE = 3;

export interface ServiceWatchOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: () => void;
}

function portsOf(spec: Record<string, unknown>): ServicePort[] {
  const ports = Array.isArray(spec.ports) ? (spec.ports as (Record<string, unknown> | null)[]) : [];
  return ports.flatMap((each) => {
    if (typeof each?.port !== 'number' || (each.protocol ?? 'TCP') !== 'TCP') return [];
    const { port, name, targetPort } = each;
    const target = typeof targetPort === 'number' || typeof targetPort === 'string' ? targetPort : port;
    return [{ name: typeof name === 'string' ? name : '', port, targetPort: target }];
  });
}

function viewOf(object: KubeObject): ServiceView {
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const external = spec.type === 'ExternalName' && typeof spec.externalName === 'string';
  return {
    kind: 'found',
    ports: portsOf(spec),
    hasSelector: Object.keys((spec.selector ?? {}) as object).length > 0,
    ...(external ? { externalName: spec.externalName as string } : {}),
  };
}

/**
 * Keeps one Service object up to date with the verbs `get` and `watch` only: a list would need a right that the
 * documented Role does not give. The watch starts without a resourceVersion (it begins with the object as it is), and
 * the get after its start tells whether the Service exists at all.
 */
export class ServiceWatch {
  readonly #options: ServiceWatchOptions;
  readonly #abort = new AbortController();
  #view: ServiceView = { kind: 'pending' };
  #failures = 0;

  constructor(options: ServiceWatchOptions) {
    this.#options = options;
    void this.#run();
  }

  get view(): ServiceView {
    return this.#view;
  }

  /** Idempotent; `onChange` is not called after it returns. */
  close(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const waitMs = await this.#once();
      await this.#sleep(waitMs);
    }
  }

  /** One watch from its start to its end; returns how long to wait before the next. Never rejects. */
  async #once(): Promise<number> {
    const { client, namespace, name, random } = this.#options;
    const request: RequestOptions = { namespace, signal: this.#abort.signal, ref: false };
    const query = {
      fieldSelector: `metadata.name=${name}`,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
    };
    let forbidden = false;
    const denied = (error: unknown): void => {
      forbidden ||= error instanceof KubeError && (error.status === 403 || error.status === 401);
    };
    const events = await client.watch(SERVICES, { ...request, query }).catch(denied);
    let heard = false;
    // The watch is the newer truth: the get only counts until the first event, and is never waited for before one.
    const looked = client.get(SERVICES, name, request).then(
      (object) => heard || this.#found(object),
      (error: unknown) => {
        denied(error);
        if (!heard) this.#missed(error);
      },
    );
    let ended = false;
    try {
      for await (const event of events ?? []) {
        if (event.type === 'ERROR') break;
        if (event.object.metadata.name !== name || event.type === 'BOOKMARK') continue;
        heard = true;
        if (event.type === 'DELETED') this.#set({ kind: 'missing' });
        else this.#found(event.object);
      }
      ended = events !== undefined;
    } catch {
      this.#failures++;
    }
    await looked;
    if (ended) return FIRST_WAIT_MS * (1 + random());
    if (forbidden) return FORBIDDEN_WAIT_MS * (1 + random());
    return Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS) * (1 + random());
  }

  #found(object: KubeObject): void {
    this.#failures = 0;
    this.#set(viewOf(object));
  }

  #missed(error: unknown): void {
    this.#failures++;
    const status = error instanceof KubeError ? error.status : 0;
    if (status === 404) {
      this.#failures = 0;
      this.#set({ kind: 'missing' });
    } else if (
      this.#view.kind === 'pending' &&
      (status === 401 || status === 403 || this.#failures >= PATIENCE)
    ) {
      this.#set({ kind: 'unreadable' });
    }
  }

  #set(view: ServiceView): void {
    if (this.#abort.signal.aborted || JSON.stringify(view) === JSON.stringify(this.#view)) return;
    this.#view = view;
    this.#options.onChange();
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = this.#options.clock.setTimeout(done, ms);
      timer.unref();
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}
