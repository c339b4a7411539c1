import type { ServiceView, Watch } from '@fairlead/discovery';
import { KubeError, type KubeObject, type WatchEvent } from '@fairlead/discovery/kubernetes';
import type { ClusterApi } from '../../src/clusters/clusters.js';

/** What a Service says to its clients. */
export function annotated(annotations: Record<string, string>): ServiceView {
  return { kind: 'found', ports: [], hasSelector: true, annotations, uid: 'uid-1' };
}

/** The part of an API server that holds configuration: one Service, one ConfigMap, Events. */
export class ConfigApi {
  /** Readers of the Service now, and ever. */
  readers = 0;
  reads = 0;
  readonly events: KubeObject[] = [];
  /** What a new Event is answered with; undefined: it is kept. */
  refusal: Error | undefined;
  private view: ServiceView = { kind: 'pending' };
  /** Undefined: no answer; null: there is none. */
  private configMap: Record<string, string> | null | undefined | Error;
  private readonly tell = new Set<(view: ServiceView) => void>();
  private readonly streams = new Set<(event: WatchEvent | null) => void>();

  get following(): number {
    return this.streams.size;
  }

  say(view: ServiceView): void {
    this.view = view;
    for (const tell of [...this.tell]) tell(view);
  }

  setConfigMap(data: Record<string, string> | null | Error): void {
    const existed = this.configMap !== null && typeof this.configMap === 'object';
    this.configMap = data;
    if (data instanceof Error) return;
    const type = data === null ? 'DELETED' : existed ? 'MODIFIED' : 'ADDED';
    for (const push of this.streams) push({ type, object: this.object() });
  }

  private object(): KubeObject {
    return { metadata: { name: 'clients', namespace: 'ns' }, data: this.configMap };
  }

  readonly api: ClusterApi = {
    readService: (_target, reader): Watch => {
      this.readers += 1;
      this.reads += 1;
      this.tell.add(reader);
      const opening = setImmediate(() => this.view.kind !== 'pending' && reader(this.view));
      return {
        close: () => {
          clearImmediate(opening);
          if (this.tell.delete(reader)) this.readers -= 1;
        },
      };
    },
    client: {
      server: 'https://api:6443',
      get: async <T extends KubeObject>() => {
        const { configMap } = this;
        if (configMap === undefined) return new Promise<T>(() => {});
        if (configMap === null) throw new KubeError(404, 'not found', { reason: 'NotFound' });
        if (configMap instanceof Error) throw configMap;
        return this.object() as T;
      },
      watch: async <T extends KubeObject>(_ref: unknown, options: { signal?: AbortSignal } = {}) => {
        if (this.configMap instanceof Error) throw this.configMap;
        return this.stream(options.signal) as AsyncIterable<WatchEvent<T>>;
      },
      create: async <T extends KubeObject>(_ref: unknown, object: KubeObject) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.events.push(object);
        return object as T;
      },
    },
  };

  private async *stream(signal: AbortSignal | undefined): AsyncGenerator<WatchEvent> {
    const queue: (WatchEvent | null)[] = [];
    let wake = (): void => {};
    const push = (event: WatchEvent | null): void => {
      queue.push(event);
      wake();
    };
    this.streams.add(push);
    signal?.addEventListener('abort', () => push(null));
    for (;;) {
      const next = queue.shift();
      if (next === null) break;
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    this.streams.delete(push);
  }
}
