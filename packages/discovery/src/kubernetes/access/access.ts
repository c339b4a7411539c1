import type { Clock } from '../../clock.js';

/** Credentials for one request. `token` is sent as a bearer token; `cert` and `key` (PEM) as a client certificate. */
export interface Credentials {
  readonly token?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly cert?: string;
  readonly key?: string;
}

/**
 * How to reach one API server as one user. Made synchronously by `loadAccess()`: the target's default namespace is
 * needed before the first request.
 */
export interface ClusterAccess {
  /** `https://host:port[/path]`, without a trailing slash. */
  readonly server: string;
  /** The context's namespace, or the pod's own, or `default`. */
  readonly namespace: string;
  /** TLS name to verify instead of the host of `server` (`tls-server-name`). */
  readonly tlsServerName?: string;
  /** True only for `insecure-skip-tls-verify: true`. */
  readonly insecure: boolean;
  /** Where the credentials come from, for messages: `KUBECONFIG=/a/b context kind`, `in-cluster token file …`. */
  readonly origin: string;
  /** `ns:account` when in-cluster, or the user's name of the kubeconfig; for messages. */
  readonly user: string;
  /** PEM of the CA, read again when the file changes; undefined = the system's roots. */
  ca(): string | undefined;
  /** Current credentials; cached by the rules of their kind. */
  credentials(): Promise<Credentials>;
  /** Forgets cached credentials after a 401, so that the next call reads or makes them anew. */
  invalidate(): void;
}

export interface AccessOptions {
  /** Path (or paths joined by the platform's delimiter) of a kubeconfig; wins over everything else. */
  readonly kubeconfig?: string | undefined;
  /** Context to use instead of `current-context`. */
  readonly context?: string | undefined;
  /** Environment to read. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folder of the mounted service account. Default `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly inClusterDir?: string | undefined;
  /** Folder that holds `.kube/config`. Default the user's home. */
  readonly homeDir?: string | undefined;
  /** Time for caches of tokens. Default the machine's. */
  readonly clock?: Clock | undefined;
}
