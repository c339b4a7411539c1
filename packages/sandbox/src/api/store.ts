import type { KubeObject } from '../objects.js';

/** A change of one object. Objects in events and answers are frozen: copy before changing. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Plural resource name (`pods`): unique over all groups in this cluster. */
  readonly resource: string;
  readonly object: KubeObject;
  /** The form before; absent for ADDED. */
  readonly old?: KubeObject;
  readonly resourceVersion: number;
}

export interface DeleteOptions {
  /** 0 deletes at once. Default: pods use `spec.terminationGracePeriodSeconds`, all else 0. */
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** Refuses with 409 Conflict when the stored uid differs. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

export interface WriteOptions {
  /**
   * `status` writes only `status`; absent writes all but `status` (for kinds that have the subresource). `scale` takes
   * and returns an `autoscaling/v1` Scale, `binding` takes a Binding, `finalize` writes a Namespace's `spec`.
   */
  readonly subresource?: 'status' | 'scale' | 'binding' | 'finalize';
  readonly dryRun?: boolean;
  /** Who writes, as `metadata.managedFields` names it. Default `kube-controller-manager`. */
  readonly fieldManager?: string;
}

/** A server-side apply; `fieldManager` is who applies. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields that others manage instead of refusing. Default false. */
  readonly force?: boolean;
}

/**
 * The API server's objects as the processes of the control plane see them: the same defaulting, validation, optimistic
 * concurrency, finalizers and graceful deletion as over HTTP, without the wire. Refusals are thrown as `ApiStatus`
 * (api/status.ts) with Kubernetes' code, reason and words.
 */
export interface ClusterApi {
  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** All, or those of one namespace; in key order. */
  list(resource: string, namespace?: string): readonly KubeObject[];
  create(resource: string, object: KubeObject, options?: WriteOptions): KubeObject;
  /** 409 Conflict when `metadata.resourceVersion` is set and is not the stored one. */
  update(resource: string, object: KubeObject, options?: WriteOptions): KubeObject;
  /**
   * Reads, lets `change` mutate a deep copy and writes it back, again on Conflict. Undefined: it is gone.
   * `change` returning false writes nothing.
   */
  modify(
    resource: string,
    namespace: string | undefined,
    name: string,
    change: (copy: KubeObject) => unknown,
    options?: WriteOptions,
  ): KubeObject | undefined;
  /** Undefined: there was none. Finalizers and grace keep the object, with `deletionTimestamp` set. */
  delete(
    resource: string,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions,
  ): KubeObject | undefined;
  /**
   * Calls `onEvent` for each object there is (ADDED), then for each change, never inside this call and never inside
   * the write that caused it (a microtask later, in order). Returns the function that ends it.
   */
  watch(resource: string, onEvent: (event: StoreEvent) => void): () => void;
}
