import type { KubeObject } from '../objects.js';
import { type Clock, systemClock } from './clock.js';
import { KINDS } from './kinds/index.js';
import { conform } from './kinds/shape.js';
import type { KindInfo } from './kinds.js';
import {
  alreadyExists,
  conflict,
  forbidden,
  invalid,
  MODIFIED_MEANWHILE,
  notFound,
  notServed,
} from './refusals.js';
import { ApiStatus } from './status.js';
import {
  checkDeletable,
  initStatus,
  namespaceTerminating,
  setStatus,
  uidMismatch,
  validate,
} from './storage/admission.js';
import { Bucket } from './storage/bucket.js';
import { beginDeletion, checkPreconditions, mayBeRemoved } from './storage/deletion.js';
import { Dispatcher } from './storage/dispatcher.js';
import { EventHistory } from './storage/history.js';
import { at, copyJson, equalJson, freezeDeep } from './storage/json.js';
import * as managed from './storage/managed-fields.js';
import * as metadata from './storage/metadata.js';
import { admitPod } from './storage/pod-admission.js';
import { createServiceAllocations, type ServiceAllocations } from './storage/service-allocations.js';
import { bindPod, fromScale, toScale } from './storage/subresources.js';
import type { ApplyOptions, ClusterApi, DeleteOptions, StoreEvent, WriteOptions } from './store.js';

/** Options of the store. */
export interface ClusterStoreOptions {
  /** Clock of timestamps. Default: the machine's. */
  readonly clock?: Clock;
  /** How many changes are remembered for watches from an older resourceVersion. Default 5000. */
  readonly historyEvents?: number;
  /** Range of the cluster IPs, an IPv4 CIDR. Default `127.0.96.0/20`. */
  readonly serviceCidr?: string;
  /** Kinds that are served. Default: all of `KINDS`. */
  readonly kinds?: readonly KindInfo[];
}

/** The store with what the watch cache of the HTTP server needs beside it. */
export interface ClusterStore extends ClusterApi {
  /** The version of the last write. */
  readonly resourceVersion: number;
  /** Changes up to and including this version are forgotten. */
  readonly compactedVersion: number;
  /**
   * Server-side apply (KEP-555) of a configuration that has its kind and name. 409 Conflict when it would change fields
   * that others manage; makes the object when there is none, but not for a subresource (404).
   */
  apply(resource: string, config: KubeObject, options: ApplyOptions): KubeObject;
  /** Changes of one resource after `version`, oldest first; throws 410 Expired. */
  eventsSince(resource: string, version: number): readonly StoreEvent[];
  /** The list as it was at `version`; throws 410 Expired. */
  listAt(resource: string, namespace: string | undefined, version: number): readonly KubeObject[];
  /** As `watch`, without the objects that there are now. */
  subscribe(resource: string, onEvent: (event: StoreEvent) => void): () => void;
  /** Forgets every change so far: a watch or list from an older version gets 410. */
  compact(): void;
}

/** Makes an empty store: no namespace exists yet (see `bootstrapCluster`). */
export function createClusterStore(options: ClusterStoreOptions = {}): ClusterStore {
  return new MemoryStore(options);
}

/** The ServiceAccount of every namespace. */
const DEFAULT_ACCOUNT = 'default';
/** The first write gets the version after this one; 0 has a meaning of its own in the API. */
const FIRST_VERSION = 1;
/** `modify` gives up after so many conflicts: only a `change` that writes the object itself causes them. */
const MAX_CONFLICTS = 10;

/** A write of an object that there is. */
interface StoredWrite {
  readonly old: KubeObject;
  readonly object: KubeObject;
  /** Who managed which field before. */
  readonly managers: managed.Managers;
  /** What `metadata.managedFields` is after the write. */
  readonly track: typeof managed.asUpdate;
}

class MemoryStore implements ClusterStore {
  readonly #clock: Clock;
  readonly #history: EventHistory;
  readonly #services: ServiceAllocations;
  readonly #buckets: Map<string, Bucket>;
  readonly #dispatcher = new Dispatcher();
  #version = FIRST_VERSION;

  constructor({
    clock = systemClock,
    historyEvents = 5000,
    serviceCidr,
    kinds = KINDS,
  }: ClusterStoreOptions) {
    this.#clock = clock;
    this.#history = new EventHistory(historyEvents, FIRST_VERSION);
    this.#services = createServiceAllocations(serviceCidr ?? '127.0.96.0/20');
    this.#buckets = new Map(kinds.map((kind) => [kind.resource, new Bucket(kind)]));
  }

  get resourceVersion(): number {
    return this.#version;
  }

  get compactedVersion(): number {
    return this.#history.compactedVersion;
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#bucket(resource).get(namespace, name);
  }

  list(resource: string, namespace?: string): readonly KubeObject[] {
    return this.#bucket(resource).list(namespace);
  }

  listAt(resource: string, namespace: string | undefined, version: number): readonly KubeObject[] {
    if (version >= this.#version) return this.list(resource, namespace);
    const past = this.#history.rewind(resource, this.#bucket(resource).objects, version);
    const entries = [...past].sort(([a], [b]) => (a < b ? -1 : 1));
    const all = entries.map(([, object]) => object);
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  create(resource: string, object: KubeObject, options: WriteOptions = {}): KubeObject {
    if (options.subresource) return this.update(resource, object, options);
    return this.#create(this.#bucket(resource), object, options);
  }

  update(resource: string, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const bucket = this.#bucket(resource);
    const { kind } = bucket;
    const { name, namespace, managedFields } = object.metadata;
    const old = bucket.get(namespace, name);
    if (!old) throw notFound(kind, name);
    const { subresource } = options;
    const managers = managed.managersOf(old, subresource ? undefined : managedFields);
    const stored = this.#update(bucket, { old, object, managers, track: managed.asUpdate }, options);
    return subresource === 'scale' ? freezeDeep(toScale(stored)) : stored;
  }

  apply(resource: string, config: KubeObject, options: ApplyOptions): KubeObject {
    const bucket = this.#bucket(resource);
    const { kind } = bucket;
    const { name, namespace } = config.metadata;
    const live = bucket.get(namespace, name);
    if (!live && options.subresource) throw notFound(kind, name);
    const timeMs = this.#clock.now();
    const { object, managers } = managed.applied({ kind, live, config, options, nowMs: timeMs });
    if (!live) return this.#create(bucket, object, options, managers);
    return this.#update(bucket, { old: live, object, managers, track: managed.asApplied }, options);
  }

  modify(
    resource: string,
    namespace: string | undefined,
    name: string,
    change: (copy: KubeObject) => unknown,
    options: WriteOptions = {},
  ): KubeObject | undefined {
    for (let conflicts = 0; ; conflicts++) {
      const stored = this.get(resource, namespace, name);
      if (!stored) return undefined;
      const current = options.subresource === 'scale' ? toScale(stored) : managed.copyObject(stored);
      if (change(current) === false) return stored;
      try {
        return this.update(resource, current, options);
      } catch (error) {
        if (!(error instanceof ApiStatus)) throw error;
        if (error.code === 404) return undefined;
        if (error.reason !== 'Conflict' || conflicts === MAX_CONFLICTS) throw error;
      }
    }
  }

  delete(
    resource: string,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): KubeObject | undefined {
    const bucket = this.#bucket(resource);
    const { kind } = bucket;
    const old = bucket.get(namespace, name);
    if (!old) return undefined;
    checkPreconditions(kind, old, options);
    checkDeletable(kind, name);
    const step = beginDeletion(kind, old, options, this.#clock.now());
    if (options.dryRun) return old;
    if (step.remove) return this.#remove(bucket, old);
    return step.next ? this.#commit(bucket, 'MODIFIED', step.next, old) : old;
  }

  watch(resource: string, onEvent: (event: StoreEvent) => void): () => void {
    const first = this.list(resource).map(
      (object): StoreEvent => ({
        type: 'ADDED',
        resource,
        object,
        resourceVersion: Number(object.metadata.resourceVersion),
      }),
    );
    return this.#dispatcher.add(resource, onEvent, first);
  }

  subscribe(resource: string, onEvent: (event: StoreEvent) => void): () => void {
    this.#bucket(resource);
    return this.#dispatcher.add(resource, onEvent, []);
  }

  eventsSince(resource: string, version: number): readonly StoreEvent[] {
    return this.#history.since(resource, version);
  }

  compact(): void {
    this.#history.compact(this.#version);
  }

  /** `applied` are the managers of an object that is applied; else its writer manages all of it. */
  #create(bucket: Bucket, object: KubeObject, options: WriteOptions, applied?: managed.Managers): KubeObject {
    const { kind } = bucket;
    const nowMs = this.#clock.now();
    const next = copyJson(object);
    metadata.setTypeMeta(kind, next);
    metadata.initMetadata(kind, next, nowMs);
    const { name, namespace } = next.metadata;
    if (kind.namespaced) this.#checkNamespace(kind, name, namespace);
    initStatus(kind, next);
    kind.setDefaults?.(next);
    kind.prepareCreate?.(next);
    managed.setOnCreate(kind, next, { applied, options, nowMs });
    if (kind.resource === 'pods')
      this.#admitPod(next, object.metadata.name || object.metadata.generateName || '');
    if (bucket.get(namespace, name)) throw alreadyExists(kind, name);
    const dryRun = options.dryRun === true;
    if (kind.resource === 'services')
      this.#services.create({ kind, service: next, dryRun }, () => validate(kind, next));
    else validate(kind, next);
    return dryRun ? freezeDeep(next) : this.#commit(bucket, 'ADDED', next);
  }

  #update(bucket: Bucket, write: StoredWrite, options: WriteOptions): KubeObject {
    const { kind } = bucket;
    const { old, object } = write;
    const { name, uid, resourceVersion } = object.metadata;
    if (uid && uid !== old.metadata.uid) throw conflict(kind, name, uidMismatch(kind, old, uid));
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(kind, name, MODIFIED_MEANWHILE);
    }
    const next = this.#merged(kind, old, object, options.subresource);
    return this.#write(bucket, { ...write, next }, options);
  }

  /** What the write asks for, with everything that this way of writing may not touch taken from `old`. */
  #merged(
    kind: KindInfo,
    old: KubeObject,
    object: KubeObject,
    subresource: WriteOptions['subresource'],
  ): KubeObject {
    if (subresource === 'scale') return fromScale(kind, old, object);
    if (subresource === 'binding') {
      const node = String(at(object, 'target', 'name'));
      const { labels } = this.#bucket('nodes').get(undefined, node)?.metadata ?? {};
      return bindPod(kind, old, { binding: object, nowMs: this.#clock.now(), nodeLabels: labels });
    }
    const next = managed.copyObject(subresource ? old : object);
    delete next.metadata.managedFields;
    if (subresource === 'status') setStatus(next, object.status);
    if (subresource === 'finalize') next.spec = copyJson(object.spec);
    if (subresource) return next;
    metadata.setTypeMeta(kind, next);
    metadata.keepServerMetadata(next, old);
    if (kind.subresources.includes('status')) setStatus(next, old.status);
    if (kind.resource === 'services') {
      // What is kept is found by the ports of the new form, which must have the types of ports.
      conform(kind, next);
      this.#services.keep(next, old);
    }
    // Only a namespace controller in this process may take the finalizers away without the subresource.
    if (kind.resource === 'namespaces' && !old.metadata.deletionTimestamp) next.spec = copyJson(old.spec);
    return next;
  }

  /** `shown` is the name in refusals: admission is before names are made up. */
  #admitPod(pod: KubeObject, shown: string): void {
    const { namespace } = pod.metadata;
    const name = String(at(pod, 'spec', 'serviceAccountName'));
    const accounts = this.#buckets.get('serviceaccounts');
    const account = accounts?.get(namespace, name);
    // Upstream waits for the account that a controller makes in every namespace; nothing waits here.
    if (accounts && !account && name !== DEFAULT_ACCOUNT) {
      const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
      throw forbidden(this.#bucket('pods').kind, shown, why);
    }
    const automount = account?.automountServiceAccountToken;
    admitPod(pod, { automount: typeof automount === 'boolean' ? automount : undefined });
  }

  #write(bucket: Bucket, write: StoredWrite & { next: KubeObject }, options: WriteOptions): KubeObject {
    const { kind } = bucket;
    const { old, next, managers, track } = write;
    const dryRun = options.dryRun === true;
    kind.setDefaults?.(next);
    kind.prepareUpdate?.(next, old);
    metadata.checkFinalizers(kind, next, old);
    validate(kind, next, old);
    if (kind.resource === 'services') this.#services.update({ kind, service: next, dryRun }, old);
    metadata.bumpGeneration(kind, next, old);
    const managedFields = track({ kind, old, next, managers, options, nowMs: this.#clock.now() });
    managed.setManagedFields(next, managedFields);
    if (equalJson(next, old)) return old;
    if (dryRun) return freezeDeep(next);
    if (mayBeRemoved(kind, next)) return this.#remove(bucket, next, old);
    return this.#commit(bucket, 'MODIFIED', next, old);
  }

  #commit(bucket: Bucket, type: 'ADDED' | 'MODIFIED', next: KubeObject, old?: KubeObject): KubeObject {
    this.#version += 1;
    next.metadata.resourceVersion = String(this.#version);
    const object = freezeDeep(next);
    bucket.set(object);
    this.#publish({
      type,
      resource: bucket.kind.resource,
      object,
      ...(old ? { old } : {}),
      resourceVersion: this.#version,
    });
    return object;
  }

  #remove(bucket: Bucket, last: KubeObject, old: KubeObject = last): KubeObject {
    this.#version += 1;
    const resourceVersion = String(this.#version);
    const object = freezeDeep({ ...last, metadata: { ...last.metadata, resourceVersion } });
    bucket.delete(object);
    if (bucket.kind.resource === 'services') this.#services.release(object);
    this.#publish({
      type: 'DELETED',
      resource: bucket.kind.resource,
      object,
      old,
      resourceVersion: this.#version,
    });
    return object;
  }

  #publish(event: StoreEvent): void {
    this.#history.append(Object.freeze(event));
    this.#dispatcher.emit(event);
  }

  #bucket(resource: string): Bucket {
    const bucket = this.#buckets.get(resource);
    if (!bucket) throw notServed();
    return bucket;
  }

  #checkNamespace(kind: KindInfo, name: string, namespace: string | undefined): void {
    if (!namespace) {
      const message = 'Required value: an empty namespace may not be set during creation';
      throw invalid(kind, name, [{ field: 'metadata.namespace', reason: 'FieldValueRequired', message }]);
    }
    const namespaces = this.#bucket('namespaces');
    const found = namespaces.get(undefined, namespace);
    if (!found) throw notFound(namespaces.kind, namespace);
    if (found.metadata.deletionTimestamp) throw namespaceTerminating(kind, name, namespace);
  }
}
