import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AddressRange, claimAddressRange } from './address-range/address-range.js';
import { publishKubeconfig } from './admin-kubeconfig.js';
import {
  type ApiServer,
  bootstrapCluster,
  type CertificateAuthority,
  type ClusterStore,
  createApiServer,
  createCertificateAuthority,
  createClusterStore,
  systemClock,
  writeKubeconfig,
} from './api/index.js';
import { KINDS } from './api/kinds/index.js';
import { publishApiServer, publishDns } from './cluster-objects.js';
import { PodScrape } from './controllers/autoscaler/pod-scrape.js';
import { recordEvent } from './controllers/events.js';
import { startControllers } from './controllers/index.js';
import { startClusterDns } from './dns/cluster-dns.js';
import { SandboxError } from './errors.js';
import { type ChosenIsolation, chooseIsolation } from './isolate.js';
import type { SandboxLogger } from './logger.js';
import { applyManifest } from './manifest/apply.js';
import { storeManifestApi } from './manifest/store-api.js';
import { type NodeOptions, type Nodes, startNodes } from './nodes.js';
import { startServiceProxy } from './proxy/service-proxy.js';
import { createReaper, createRunDir, defaultBaseDir, type Reaper, reapLeftovers } from './reaper/index.js';
import type { Sandbox, SandboxFaults, SandboxOptions } from './sandbox.js';

/** kubectl's and everybody's habit. */
const API_PORT = 6443;
const NODES = [
  { name: 'node-a', zone: 'zone-a' },
  { name: 'node-b', zone: 'zone-b' },
];

const nothing = (): void => {};
const silent: SandboxLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Undoes what was started, last first; goes on after a failure and reports the first. */
class Teardown {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }
}

interface Parts {
  readonly options: SandboxOptions;
  readonly logger: SandboxLogger;
  readonly range: AddressRange;
  readonly runDir: string;
  readonly reaper: Reaper;
  readonly store: ClusterStore;
  readonly ca: CertificateAuthority;
  readonly teardown: Teardown;
  readonly isolation: ChosenIsolation;
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';

async function listenOn(port: number, { logger, range, store, ca, teardown }: Parts): Promise<ApiServer> {
  const server = createApiServer({
    host: range.api,
    port,
    clusterStore: store,
    ca,
    onFailure: (path, message) => logger.error('API server failure', { path, message }),
  });
  await server.start();
  teardown.add(() => server.close());
  return server;
}

/** A process that listens on all addresses takes a port of every range. */
async function startApiServer(parts: Parts): Promise<ApiServer> {
  const { options, range } = parts;
  const port = options.port ?? API_PORT;
  try {
    return await listenOn(port, parts);
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (options.port === undefined) return listenOn(0, parts);
    const message = `port ${port} is taken on ${range.api}: accepted is another one, or 0 for any that is free`;
    throw new SandboxError('PORT_TAKEN', message, { cause: error });
  }
}

function startControlPlane({ options, logger, store, ca, range, teardown }: Parts, server: ApiServer): void {
  const scrape = new PodScrape(() => systemClock.now());
  const controllers = startControllers({
    api: store,
    clock: systemClock,
    logger,
    kinds: KINDS,
    caPem: ca.certificatePem,
    balancerRange: range.balancers,
    metrics: {
      podUsage: () => server.metrics.podUsage(),
      podMetric: (pods, metric) => scrape.podMetric(pods, metric),
    },
    ...(options.autoscaler ? { autoscaler: options.autoscaler } : {}),
  });
  teardown.add(() => controllers.close());
}

async function startNetwork({ options, logger, range, store, teardown }: Parts): Promise<string> {
  const proxy = startServiceProxy({
    api: store,
    ...(options.proxyScheduler ? { scheduler: options.proxyScheduler } : {}),
    onTrouble({ namespace, name, uid }, message) {
      logger.warn('service proxy', { namespace, name, message });
      const about = { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name, uid } };
      recordEvent({ api: store, clock: systemClock, logger }, 'kube-proxy', {
        about,
        type: 'Warning',
        reason: 'FailedToListen',
        message,
      });
    },
  });
  teardown.add(() => proxy.close());
  const dns = await startClusterDns({ api: store, host: range.api });
  teardown.add(() => dns.close());
  publishDns(store, dns.host, dns.port);
  return `${dns.host}:${dns.port}`;
}

/** A node with credentials of its own, of the group that upstream's nodes have. */
function nodeOptions({ options, range, runDir, ca }: Parts, server: ApiServer, index: number): NodeOptions {
  const { name, zone } = (options.nodes ?? NODES)[index]!;
  const folder = join(runDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kubeconfig = join(folder, 'kubeconfig');
  const token = server.addUser({ username: `system:node:${name}`, groups: ['system:nodes'] });
  writeKubeconfig(kubeconfig, { server: server.url, caPem: ca.certificatePem, credentials: { token } });
  const host = range.nodeHost(index + 1);
  const serving = ca.issue({ commonName: `system:node:${name}`, addresses: [host], usage: 'server' });
  return {
    ...{ name, zone, kubeconfig },
    podRange: range.nodePods(index + 1),
    serving: { cert: serving.certificatePem, key: serving.keyPem, clientCa: ca.certificatePem, host },
  };
}

async function startSandboxNodes(parts: Parts, server: ApiServer, dns: string): Promise<Nodes> {
  const { options, logger, runDir, reaper, teardown } = parts;
  const { isolation } = parts.isolation;
  const nodes = await startNodes({
    nodes: (options.nodes ?? NODES).map((_, index) => nodeOptions(parts, server, index)),
    ...(options.images ? { images: options.images } : {}),
    runDir,
    reaper,
    ...(isolation ? { isolation } : {}),
    // Without it grpc-js ignores the server of dns://SERVER/NAME.
    podEnv: { GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true', CLUSTER_DNS: dns },
    logger,
  });
  teardown.add(() => nodes.close());
  return nodes;
}

function faultsOf(server: ApiServer, { killPod, loseNode }: Nodes): SandboxFaults {
  return {
    stopApi: () => server.stop(),
    startApi: () => server.start(),
    compact: async () => server.compact(),
    reset: async () => server.resetWatches(),
    killPod,
    loseNode,
  };
}

/** A running cluster, with its objects and nodes at hand. */
export interface Cluster {
  readonly sandbox: Sandbox;
  readonly store: ClusterStore;
  readonly nodes: Nodes;
}

async function assemble(parts: Parts): Promise<Cluster> {
  const { options, range, runDir, store, ca, teardown } = parts;
  const { isolation, problem } = parts.isolation;
  bootstrapCluster(store);
  const server = await startApiServer(parts);
  publishApiServer(store, range.api, server.port);
  startControlPlane(parts, server);
  const dns = await startNetwork(parts);
  const kubeconfig = options.kubeconfig ?? join(runDir, 'kubeconfig');
  const token = server.addUser({ username: 'sandbox-admin', groups: ['system:masters'] });
  const credentials = { token };
  teardown.add(publishKubeconfig(kubeconfig, { server: server.url, caPem: ca.certificatePem, credentials }));
  const nodes = await startSandboxNodes(parts, server, dns);
  const sandbox: Sandbox = {
    kubeconfig,
    dns,
    api: server.url,
    isolated: isolation !== undefined,
    ...(problem === undefined ? {} : { isolationProblem: problem }),
    faults: faultsOf(server, nodes),
    apply: (yaml) => applyManifest(storeManifestApi(store), yaml),
    close: () => teardown.run(),
  };
  return { sandbox, store, nodes };
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another sandbox has its run directory there.
  }
}

/**
 * Starts a cluster: API server, controllers, DNS, service proxy and nodes, all in this process, pods as its children.
 * Linux only. Rejects with one line that says what is wrong (a busy port, no loopback range); nothing is left then.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return (await startCluster(options)).sandbox;
}

/** As `startSandbox`, for those who look inside. */
export async function startCluster(options: SandboxOptions): Promise<Cluster> {
  const logger = options.logger ?? silent;
  const teardown = new Teardown();
  try {
    await reapLeftovers(defaultBaseDir());
    const isolation = await chooseIsolation(options.isolate ?? 'off');
    const range = await claimAddressRange();
    teardown.add(() => range.release());
    const runDir = createRunDir();
    teardown.add(() => removeIfEmpty(dirname(runDir)));
    const reaper = createReaper({
      runDir,
      onRestart: () => logger.warn('reaper was killed, another one is started'),
    });
    teardown.add(() => reaper.close());
    const store = createClusterStore({ serviceCidr: range.services });
    const ca = createCertificateAuthority();
    return await assemble({ options, logger, range, runDir, reaper, store, ca, teardown, isolation });
  } catch (error) {
    await teardown.run().catch(nothing);
    throw error;
  }
}
