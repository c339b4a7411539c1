import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type {
  KubeClient,
  KubeList,
  KubeObject,
  RequestOptions,
  ResourceRef,
  WatchEvent,
} from '@fairlead/discovery/kubernetes';
import { KubeError } from '@fairlead/discovery/kubernetes';

type Json = { [key: string]: unknown };

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Json = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly object: KubeObject;
  readonly revision: number;
}

const notFound = (what: string): KubeError => new KubeError(404, `${what} not found`, { reason: 'NotFound' });

/** Objects in memory behind the `KubeClient` interface: enough of an API server for one node agent. */
export class FakeKube implements KubeClient {
  readonly server = 'https://127.0.0.1:6443';
  readonly #objects = new Map<string, KubeObject>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  /** A watch tells what came after the version that it begins with. */
  readonly #past: Change[] = [];
  /** Expiration that token requests are answered with (s). */
  tokenSeconds = 3600;
  tokens = 0;
  /** While set, every request fails with it. */
  trouble: Error | undefined;
  /** Last forms of the objects that are gone. */
  readonly removed: KubeObject[] = [];
  patches = 0;
  /** Requests that failed so. */
  refused = 0;
  #revision = 1;

  /** All objects of a resource. */
  all<T extends KubeObject>(resource: string): T[] {
    return [...this.#objects]
      .filter(([key]) => key.startsWith(`${resource}/`))
      .map(([, object]) => object as T);
  }

  find<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    return this.#objects.get(`${resource}/${namespace}/${name}`) as T | undefined;
  }

  /** Stores an object as another client would, with a uid. */
  put(resource: string, object: KubeObject): KubeObject {
    const namespace = object.metadata.namespace ?? '';
    const key = `${resource}/${namespace}/${object.metadata.name}`;
    const old = this.#objects.get(key);
    const resourceVersion = String(++this.#revision);
    const uid = old?.metadata.uid ?? object.metadata.uid ?? randomUUID();
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion } };
    this.#objects.set(key, stored);
    this.#tell({ type: old ? 'MODIFIED' : 'ADDED', resource, object: stored, revision: this.#revision });
    return stored;
  }

  /** Takes an object out at once. */
  remove(resource: string, namespace: string, name: string): void {
    const key = `${resource}/${namespace}/${name}`;
    const object = this.#objects.get(key);
    if (!object || !this.#objects.delete(key)) return;
    this.removed.push(object);
    this.#tell({ type: 'DELETED', resource, object, revision: ++this.#revision });
  }

  /** Graceful deletion as the API server does it for pods. */
  deletePod(namespace: string, name: string, seconds: number): void {
    const pod = this.find('pods', namespace, name);
    if (!pod) throw notFound(name);
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: new Date(Date.now() + seconds * 1000).toISOString(),
      deletionGracePeriodSeconds: seconds,
    };
    this.put('pods', { ...pod, metadata });
  }

  async get<T extends KubeObject>(ref: ResourceRef, name: string, options: RequestOptions = {}): Promise<T> {
    this.#refuse();
    const found = this.find<T>(ref.resource, options.namespace ?? '', name);
    if (!found) throw notFound(`${ref.resource} "${name}"`);
    return found;
  }

  async list<T extends KubeObject>(ref: ResourceRef, options: RequestOptions = {}): Promise<KubeList<T>> {
    this.#refuse();
    const items = this.all<T>(ref.resource).filter((object) => selected(object, options));
    return { metadata: { resourceVersion: String(this.#revision) }, items };
  }

  async watch<T extends KubeObject>(
    ref: ResourceRef,
    options: RequestOptions = {},
  ): Promise<AsyncIterable<WatchEvent<T>>> {
    this.#refuse();
    if (options.query?.sendInitialEvents)
      throw new KubeError(422, 'sendInitialEvents is forbidden', { reason: 'Invalid' });
    return this.#stream<T>(ref, options);
  }

  async *#stream<T extends KubeObject>(
    ref: ResourceRef,
    options: RequestOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const changes = on(this.#changes, 'change', options.signal ? { signal: options.signal } : {});
    const since = Number(options.query?.resourceVersion ?? this.#revision);
    const concerns = ({ resource, object }: Change): boolean =>
      resource === ref.resource && selected(object, options);
    const event = ({ type, object }: Change): WatchEvent<T> => ({ type, object: object as T });
    try {
      for (const change of this.#past.filter(({ revision }) => revision > since)) {
        if (concerns(change)) yield event(change);
      }
      for await (const [change] of changes as AsyncIterable<[Change]>) {
        if (concerns(change)) yield event(change);
      }
    } catch (error) {
      if (!options.signal?.aborted) throw error;
    }
  }

  async create<T extends KubeObject>(
    ref: ResourceRef,
    object: KubeObject,
    options: RequestOptions & { readonly name?: string } = {},
  ): Promise<T> {
    this.#refuse();
    if (options.subresource === 'token') {
      const expirationTimestamp = new Date(Date.now() + this.tokenSeconds * 1000).toISOString();
      const status = { token: `token-${++this.tokens}-of-${options.name}`, expirationTimestamp };
      const answer: KubeObject = { ...object, status };
      return answer as T;
    }
    const namespace = options.namespace ?? object.metadata.namespace ?? '';
    if (this.find(ref.resource, namespace, object.metadata.name ?? ''))
      throw new KubeError(409, 'already exists', { reason: 'AlreadyExists' });
    return this.put(ref.resource, object) as T;
  }

  async update<T extends KubeObject>(ref: ResourceRef, object: KubeObject): Promise<T> {
    this.#refuse();
    return this.put(ref.resource, object) as T;
  }

  async patch<T extends KubeObject>(
    ref: ResourceRef,
    name: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<T> {
    this.#refuse();
    this.patches += 1;
    const old = this.find(ref.resource, options.namespace ?? '', name);
    if (!old) throw notFound(`${ref.resource} "${name}"`);
    const uid = isRecord(body) && isRecord(body.metadata) ? body.metadata.uid : undefined;
    if (uid !== undefined && uid !== old.metadata.uid)
      throw new KubeError(409, 'uid differs', { reason: 'Conflict' });
    return this.put(ref.resource, merge(old, body) as KubeObject) as T;
  }

  async delete(
    ref: ResourceRef,
    name: string,
    options: RequestOptions & { readonly body?: unknown } = {},
  ): Promise<KubeObject> {
    this.#refuse();
    const old = this.find(ref.resource, options.namespace ?? '', name);
    if (!old) throw notFound(`${ref.resource} "${name}"`);
    this.remove(ref.resource, options.namespace ?? '', name);
    return old;
  }

  close(): void {}

  #tell(change: Change): void {
    this.#past.push(change);
    this.#changes.emit('change', change);
  }

  #refuse(): void {
    if (!this.trouble) return;
    this.refused += 1;
    throw this.trouble;
  }
}

function selected(object: KubeObject, { namespace, query }: RequestOptions): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  const [field, value] = String(query?.fieldSelector ?? '').split('=');
  if (field === 'metadata.name') return object.metadata.name === value;
  return field !== 'spec.nodeName' || (isRecord(object.spec) && object.spec.nodeName === value);
}
