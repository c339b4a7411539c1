import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '#commands/wait.js';
import type { ClientProcess } from '../client/client-process.js';
import type { SeenEndpoint } from '../client/messages.js';
import { type Account, NAMESPACE } from '../cluster/manifest.js';
import type { SoakCluster } from '../cluster/soak-cluster.js';
import type { ClusterHistory } from '../oracle/history.js';
import type { FaultyProxy } from '../proxy/faulty-proxy.js';
import type { XdsClients } from '../xds/clients.js';
import type { ControlPlanes } from '../xds/control-planes.js';

/** How long the API server may be away for whoever changes something (ms). */
const API_MS = 30_000;

/** What actions act on. */
export interface Stage {
  readonly cluster: SoakCluster;
  readonly proxy: FaultyProxy;
  readonly client: ClientProcess;
  readonly planes: ControlPlanes;
  readonly xds: XdsClients;
  /** Of the client, and of the control planes. */
  readonly accesses: readonly Access[];
  readonly history: ClusterHistory;
  readonly lostNodes: Set<string>;
  readonly signal: AbortSignal;
  /** The endpoints as the API has them now. */
  endpoints(): Promise<readonly SeenEndpoint[]>;
}

/** Does something through the API, again and again while it is away. Resolves with what the last attempt gave. */
export async function throughApi<T>(what: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  const attempt = async (): Promise<boolean> => {
    result = await act();
    return true;
  };
  await waitFor(what, attempt, { timeoutMs: API_MS, signal });
  return result as T;
}

/** Credentials of one that reads the cluster: a kubeconfig that leads to the proxy, and a token that is changed under it. */
export class Access {
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #cluster: SoakCluster;
  readonly #account: Account;
  #tokens = 0;

  private constructor(folder: string, cluster: SoakCluster, account: Account) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.#account = account;
    this.kubeconfig = join(folder, 'kubeconfig');
  }

  static async create(cluster: SoakCluster, proxy: FaultyProxy, account: Account): Promise<Access> {
    const access = new Access(await mkdtemp(join(tmpdir(), 'fairlead-soak-')), cluster, account);
    const certificate = Buffer.from(proxy.caPem).toString('base64');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'soak', cluster: { server: proxy.url, 'certificate-authority-data': certificate } }],
      users: [{ name: account, user: { tokenFile: access.#tokenFile } }],
      contexts: [{ name: 'soak', context: { cluster: 'soak', user: account, namespace: NAMESPACE } }],
      'current-context': 'soak',
    };
    await writeFile(access.kubeconfig, JSON.stringify(config), { mode: 0o600 });
    await access.renewToken();
    return access;
  }

  /** Ends the token that it has. */
  expireToken(): Promise<void> {
    return this.#cluster.endToken(this.#holder);
  }

  /** Gives it another one. */
  async renewToken(): Promise<void> {
    this.#tokens++;
    const token = await this.#cluster.token(this.#account, this.#holder);
    await writeFile(`${this.#tokenFile}.new`, token, { mode: 0o600 });
    await rename(`${this.#tokenFile}.new`, this.#tokenFile);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  get #tokenFile(): string {
    return join(this.#folder, 'token');
  }

  get #holder(): string {
    return `token-of-${this.#account}-${this.#tokens}`;
  }
}
