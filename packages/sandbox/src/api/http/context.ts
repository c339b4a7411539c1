import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccountTokens } from '../auth/account-tokens.js';
import type { Authenticator } from '../auth/authenticator.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { UserInfo } from '../auth/rbac-types.js';
import type { Clock } from '../clock.js';
import type { ClusterStore } from '../cluster-store.js';
import type { KubeletClient } from '../kubelet-client.js';
import type { ResourceMetrics } from '../metrics/resource-metrics.js';
import type { WatchSettings } from '../watch/settings.js';
import type { ResourcePath } from './request-info.js';

/** What the routes of one API server share. */
export interface Services {
  readonly cluster: ClusterStore;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly accounts: AccountTokens;
  readonly kubelet: KubeletClient;
  readonly metrics: ResourceMetrics;
  readonly watch: WatchSettings;
  /** `https://host:port` of this server. */
  url(): string;
}

/** The connection of a request that wants to go on in another protocol. */
export interface UpgradableConnection {
  readonly socket: Duplex;
  /** What the client sent already behind its request. */
  readonly head: Buffer;
}

/** One authenticated and authorized request. */
export interface Context {
  readonly services: Services;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly user: UserInfo;
  /** Present when the client asks for an upgrade. */
  readonly connection?: UpgradableConnection;
  /** Reads the whole body, once. */
  body(): Promise<Buffer>;
}

/** A request that is about a resource. */
export interface ResourceContext extends Context {
  readonly verb: string;
  readonly target: ResourcePath;
}
