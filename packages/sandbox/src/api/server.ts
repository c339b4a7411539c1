import { type AccountToken, type AccountTokenRequest, createAccountTokens } from './auth/account-tokens.js';
import { createAuthenticator } from './auth/authenticator.js';
import { createAuthorizer } from './auth/authorizer.js';
import { type Clock, systemClock } from './clock.js';
import type { ClusterStore } from './cluster-store.js';
import type { Services } from './http/context.js';
import { createHandler } from './http/handler.js';
import { createListener, type Request } from './http/listener.js';
import { createKubeletClient } from './kubelet-client.js';
import { createResourceMetrics, type ResourceMetrics } from './metrics/resource-metrics.js';
import type { CertificateAuthority } from './pki/x509.js';
import { EventEncoder } from './watch/event-encoder.js';
import { DEFAULT_WATCH_SETTINGS, type WatchSettings } from './watch/settings.js';

/** Options of one API server. */
export interface ApiServerOptions {
  /** Address to listen on, and name in the certificate. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clusterStore: ClusterStore;
  readonly ca: CertificateAuthority;
  /** Further names and addresses of the certificate (the Service `kubernetes`). Default: none. */
  readonly names?: { readonly dns?: readonly string[]; readonly addresses?: readonly string[] };
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Whether HTTP/2 is offered beside HTTP/1.1. Default true. */
  readonly http2?: boolean;
  /** Default: upstream's values. */
  readonly watch?: Partial<WatchSettings>;
  /** Called for each answer of 500, for the log. */
  readonly onFailure?: (path: string, message: string) => void;
}

/** A Kubernetes API server. */
export interface ApiServer {
  /** `https://HOST:PORT`; the port is known once it has started. */
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that clients must trust. */
  readonly caPem: string;
  /** What pods and nodes use, as `metrics.k8s.io` has it. */
  readonly metrics: ResourceMetrics;
  /** Listens; again on the same port after `stop`. Rejects when the port is taken. */
  start(): Promise<void>;
  /** Stops listening and resets every connection; objects and tokens stay. Idempotent. */
  stop(): Promise<void>;
  /** `stop`, for good. Idempotent. */
  close(): Promise<void>;
  /** Forgets the watch history: the next watch or list from an older resourceVersion gets a true 410. */
  compact(): void;
  /** Resets (RST) every connection that carries a watch or a log. */
  resetWatches(): void;
  /** Makes a random bearer token of a user. */
  addUser(user: { readonly username: string; readonly groups: readonly string[] }): string;
  /** A ServiceAccount token; undefined when there is no such account. */
  accountToken(request: AccountTokenRequest): AccountToken | undefined;
}

const SERVICE_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

/** Makes an API server on `clusterStore` that does not listen yet. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { host, clusterStore, ca, clock = systemClock, http2 = true } = options;
  const authorizer = createAuthorizer(clusterStore);
  const accounts = createAccountTokens(clusterStore, clock);
  const authenticator = createAuthenticator(accounts, authorizer);
  const url = () => `https://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
  const kubelet = createKubeletClient(ca.certificatePem, kubeletCertificate(ca), clock);
  const metrics = createResourceMetrics({ cluster: clusterStore, kubelet, clock });
  const services: Services = {
    cluster: clusterStore,
    clock,
    authenticator,
    authorizer,
    accounts,
    kubelet,
    metrics,
    watch: { ...DEFAULT_WATCH_SETTINGS, ...options.watch },
    url,
  };
  const watched = new Set<Request>();
  const handle = createHandler(services, new EventEncoder(() => clock.now()), {
    watching(request) {
      watched.add(request);
      return () => watched.delete(request);
    },
    failed: (path, refusal) => options.onFailure?.(path, refusal.message),
  });
  const certificate = serverCertificate(options);
  const listener = createListener({
    host,
    port: options.port,
    certificate,
    caPem: ca.certificatePem,
    http2,
    handle,
  });
  return {
    get url() {
      return url();
    },
    get port() {
      return listener.port;
    },
    caPem: ca.certificatePem,
    metrics,
    start: () => listener.start(),
    stop: () => listener.stop(),
    close: () => listener.stop(),
    compact: () => clusterStore.compact(),
    resetWatches() {
      for (const request of [...watched]) listener.reset(request);
    },
    addUser: (user) => authenticator.addUser(user),
    accountToken: (request) => accounts.issue(request),
  };
}

/** What the API server shows to node agents. */
function kubeletCertificate(ca: CertificateAuthority) {
  return ca.issue({
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usage: 'client',
  });
}

function serverCertificate({ host, ca, names }: ApiServerOptions) {
  return ca.issue({
    commonName: 'kube-apiserver',
    dnsNames: [...SERVICE_NAMES, ...(names?.dns ?? [])],
    addresses: [...new Set([host, '127.0.0.1', '::1', ...(names?.addresses ?? [])])],
    usage: 'server',
  });
}
