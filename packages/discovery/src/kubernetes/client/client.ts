/** Where a request goes: `group` is empty for the core API. */
export interface ResourceRef {
  /** `''`, `apps`, `discovery.k8s.io`, … */
  readonly group: string;
  readonly version: string;
  /** Plural lower-case name: `pods`, `endpointslices`. */
  readonly resource: string;
}

/** The fields of an object that the client itself reads. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** A list as the API server answers it. */
export interface KubeList<T extends KubeObject = KubeObject> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** One line of a watch stream. For `ERROR`, `object` is a `Status`. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface RequestOptions {
  /** Absent: cluster-scoped, or all namespaces for list and watch. */
  readonly namespace?: string;
  /** `status`, `binding`, `scale`, `log`, … */
  readonly subresource?: string;
  /** Query parameters as the API knows them (`labelSelector`, `fieldSelector`, `dryRun`, …). */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Ends the request at once; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** With false neither the socket nor a timer keeps the process alive. Default true. */
  readonly ref?: boolean;
}

export interface WatchOptions extends RequestOptions {
  /**
   * Name of a long list in each object, of which a change differs little (`endpoints`): elements whose text is as in
   * the object's last event are the same JavaScript objects again, and cost next to nothing. Default: none.
   */
  readonly sameElementsOf?: string;
  /** No byte for so long ends the stream with UNREACHABLE (ms; default 120000: bookmarks come once a minute). */
  readonly idleMs?: number;
}

export type PatchKind = 'merge' | 'strategic' | 'json';

/**
 * A small client of the Kubernetes API: any resource, JSON only. Every method rejects with a `KubeError` for an
 * answer that is not 2xx and with a `DiscoveryError` for trouble below HTTP.
 */
export interface KubeClient {
  /** `https://host:port` of the API server, for messages. */
  readonly server: string;
  /** Where its credentials come from and whose they are, for messages (see `ClusterAccess`). */
  readonly identity?: { readonly origin: string; readonly user: string };
  get<T extends KubeObject>(ref: ResourceRef, name: string, options?: RequestOptions): Promise<T>;
  /** One page; the caller follows `metadata.continue`. */
  list<T extends KubeObject>(ref: ResourceRef, options?: RequestOptions): Promise<KubeList<T>>;
  /**
   * Resolves at the answer's headers; the iteration ends when the server ends the stream. The caller must iterate or
   * abort: the socket stays open until then.
   */
  watch<T extends KubeObject>(
    ref: ResourceRef,
    options?: WatchOptions,
  ): Promise<AsyncIterable<WatchEvent<T>>>;
  create<T extends KubeObject>(
    ref: ResourceRef,
    object: KubeObject,
    options?: RequestOptions & { readonly name?: string },
  ): Promise<T>;
  update<T extends KubeObject>(ref: ResourceRef, object: KubeObject, options?: RequestOptions): Promise<T>;
  patch<T extends KubeObject>(
    ref: ResourceRef,
    name: string,
    body: unknown,
    options?: RequestOptions & { readonly kind?: PatchKind },
  ): Promise<T>;
  delete(
    ref: ResourceRef,
    name: string,
    options?: RequestOptions & { readonly body?: unknown },
  ): Promise<KubeObject>;
  /** Closes idle and open sockets; idempotent. */
  close(): void;
}
