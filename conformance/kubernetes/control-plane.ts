import { request } from 'node:https';
import { createKubeClient, type KubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import type { Reaper } from '@fairlead/sandbox/nodes';
import { waitFor } from '#commands/wait.js';
import { resetConnections } from '../namespace/namespace.js';
import { API_PORT, CONTROL_PLANE, ETCD_CLIENT } from './addresses.js';
import type { Credentials } from './credentials.js';
import { compact } from './etcd.js';
import {
  apiServerCommand,
  controllerManagerCommand,
  etcdCommand,
  type FlagsInput,
  schedulerCommand,
} from './flags.js';
import { type Program, Programs } from './programs.js';

/** The control plane of a real Kubernetes. */
export interface ControlPlane {
  readonly credentials: Credentials;
  /** An administrator. */
  readonly client: KubeClient;
  /** What the API server says at a path, for example `/version`. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** SIGKILL to the API server; the rest goes on. */
  stopApi(): Promise<void>;
  /** Resolves when it is ready again. */
  startApi(): Promise<void>;
  /** Starts the API server anew with feature gates, which later starts keep: `WatchList=false`. */
  restartApi(featureGates: string): Promise<void>;
  /** etcd forgets all but the newest revision. */
  compact(): Promise<void>;
  /** RST on every connection of the API server. */
  reset(): Promise<void>;
  /** Starts an add-on; resolves when it is ready. It ends with the control plane. */
  startBeside(name: string, argv: readonly string[], ready: () => Promise<boolean>): Promise<void>;
  /** Ends all programs. */
  close(): Promise<void>;
}

export interface ControlPlaneOptions extends FlagsInput {
  readonly reaper: Reaper;
  readonly signal: AbortSignal;
}

/** A cold start with a cold page cache, on a machine that is busy (ms). */
const START_MS = 120_000;
const REQUEST_MS = 5_000;

/** Starts etcd, API server, controller manager and scheduler; resolves when the cluster takes pods. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const plane = new RealControlPlane(options);
  try {
    await plane.start();
  } catch (error) {
    await plane.close();
    throw error;
  }
  return plane;
}

class RealControlPlane implements ControlPlane {
  readonly credentials: Credentials;
  readonly client: KubeClient;
  readonly #options: ControlPlaneOptions;
  readonly #programs: Programs;
  readonly #running: Program[] = [];
  #api: Program | undefined;
  #featureGates: string | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.credentials = options.credentials;
    this.client = createKubeClient(loadAccess({ kubeconfig: options.credentials.kubeconfig }));
    this.#programs = new Programs(options.runDir, options.reaper);
  }

  async start(): Promise<void> {
    const etcd = this.#start('etcd', etcdCommand(this.#options));
    await this.#ready(etcd, async () => (await fetch(`${ETCD_CLIENT}/health`)).ok);
    await this.startApi();
    const manager = this.#start('controller-manager', controllerManagerCommand(this.#options));
    const scheduler = this.#start('scheduler', schedulerCommand(this.#options));
    // Without the account no pod is admitted, and without the ConfigMap none starts.
    await this.#ready(manager, async () => {
      await this.client.get({ group: '', version: 'v1', resource: 'serviceaccounts' }, 'default', DEFAULT);
      await this.client.get({ group: '', version: 'v1', resource: 'configmaps' }, ROOT_CA, DEFAULT);
      return true;
    });
    await this.#ready(scheduler, () => true);
  }

  get(path: string): Promise<{ status: number; body: string }> {
    const { server, caPem, adminToken } = this.credentials;
    const headers = { authorization: `Bearer ${adminToken}` };
    return new Promise((resolve, reject) => {
      const sent = request(`${server}${path}`, { ca: caPem, headers, timeout: REQUEST_MS }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer to ${path} for ${REQUEST_MS / 1000} s`)));
      sent.on('error', reject);
      sent.end();
    });
  }

  async stopApi(): Promise<void> {
    await this.#api?.end('SIGKILL');
  }

  async startApi(): Promise<void> {
    const gates = this.#featureGates === undefined ? [] : [`--feature-gates=${this.#featureGates}`];
    this.#api = this.#start('apiserver', [...apiServerCommand(this.#options), ...gates]);
    await this.#ready(this.#api, async () => (await this.get('/readyz')).status === 200);
  }

  async restartApi(featureGates: string): Promise<void> {
    this.#featureGates = featureGates;
    await this.stopApi();
    await this.startApi();
  }

  async compact(): Promise<void> {
    await compact(ETCD_CLIENT);
  }

  reset(): Promise<void> {
    return resetConnections(CONTROL_PLANE, API_PORT);
  }

  async startBeside(name: string, argv: readonly string[], ready: () => Promise<boolean>): Promise<void> {
    await this.#ready(this.#start(name, argv), ready);
  }

  async close(): Promise<void> {
    this.client.close();
    // The last one first: who loses its API server or etcd waits for it.
    for (const program of this.#running.toReversed()) await program.end('SIGKILL');
  }

  #start(name: string, argv: readonly string[]): Program {
    const program = this.#programs.start(name, argv);
    this.#running.push(program);
    return program;
  }

  async #ready(program: Program, condition: () => boolean | Promise<boolean>): Promise<void> {
    const look = (): boolean | Promise<boolean> => !program.running || condition();
    const { signal } = this.#options;
    await waitFor(`${program.name} is ready`, look, { timeoutMs: START_MS, signal });
    if (!program.running) throw new Error(`${program.name} ended:\n${program.tail()}`);
  }
}

const DEFAULT = { namespace: 'default' };
const ROOT_CA = 'kube-root-ca.crt';
