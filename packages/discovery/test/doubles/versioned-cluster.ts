import type { KubeObject } from '../../src/kubernetes/client/client.js';
import type { FakeReflector } from './fake-cluster.js';
import { type SliceFields, slice } from './slices.js';

/** One change of the cluster's slices. */
interface Change {
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** What a reflector asked for: `service svc1`, `namespace ns`, `cluster`. */
export function scopeOf({ options }: FakeReflector): string {
  const { namespace, query } = options.request ?? {};
  if (namespace === undefined) return 'cluster';
  const selector = String(query?.labelSelector ?? '');
  return selector === '' ? `namespace ${namespace}` : `service ${selector.split('=')[1]}`;
}

function covers({ options }: FakeReflector, { metadata }: KubeObject): boolean {
  const { namespace, query } = options.request ?? {};
  const service = metadata.labels?.['kubernetes.io/service-name'];
  if (namespace !== undefined && namespace !== metadata.namespace) return false;
  return (
    query?.labelSelector === undefined || query.labelSelector === `kubernetes.io/service-name=${service}`
  );
}

/** A history of slices, which each reflector follows as far as the test lets it. */
export class VersionedCluster {
  readonly #history: Change[] = [];
  readonly #heard = new Map<FakeReflector, number>();

  /** The resourceVersion of the next change. */
  get next(): number {
    return this.#history.length + 1;
  }

  set(fields: SliceFields): void {
    this.#history.push({ object: slice({ ...fields, resourceVersion: String(this.next) }), gone: false });
  }

  delete(fields: SliceFields): void {
    this.#history.push({ object: slice({ ...fields, resourceVersion: String(this.next) }), gone: true });
  }

  /** Tells a reflector so many more changes; at first a list of the state after so many. */
  tell(reflector: FakeReflector, changes = Number.POSITIVE_INFINITY): void {
    if (reflector.closed) return;
    const from = this.#heard.get(reflector);
    const to = Math.min(this.#history.length, (from ?? 0) + changes);
    this.#heard.set(reflector, to);
    if (from === undefined) reflector.handler.replace(this.#list(reflector, to));
    else
      for (const { object, gone } of this.#history.slice(from, to)) {
        if (!covers(reflector, object)) continue;
        if (gone) reflector.handler.remove(object);
        else reflector.handler.upsert(object);
      }
  }

  /** A list after a broken watch: the state after all changes. */
  relist(reflector: FakeReflector): void {
    this.#heard.delete(reflector);
    this.tell(reflector);
  }

  #list(reflector: FakeReflector, to: number): readonly KubeObject[] {
    const objects = new Map<string, KubeObject>();
    for (const { object, gone } of this.#history.slice(0, to)) {
      if (gone) objects.delete(String(object.metadata.name));
      else if (covers(reflector, object)) objects.set(String(object.metadata.name), object);
    }
    return [...objects.values()];
  }
}
