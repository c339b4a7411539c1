import {
  type EndpointSource,
  parseTarget,
  sharedKubernetesSource,
  systemClock,
  type Watch,
} from '@fairlead/discovery';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { AdminServer } from './admin/admin-server.js';
import { reportTo } from './admin/metrics.js';
import type { Administered } from './admin/pages.js';
import { type AdsClient, AdsService } from './ads/service.js';
import { ControlPlaneError } from './errors.js';
import { GrpcServer, type ServerCertificate } from './grpc/grpc-server.js';
import { type CompleteOptions, type ControlPlaneOptions, completeOptions } from './options.js';
import { CertificateFiles } from './security/certificate-files.js';
import { Gatekeeper } from './security/gatekeeper.js';
import { createReviews, type Reviews } from './security/reviews.js';
import { Snapshot } from './snapshot/snapshot.js';
import { TargetDirectory } from './targets/target-directory.js';
import { targetOfName } from './translate/names.js';

/** Where a control plane listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Where the admin pages are. */
  readonly admin?: { readonly host: string; readonly port: number };
}

export interface CloseOptions {
  /**
   * Streams are ended at random within so long (ms, default 0: at once), so that not all clients go to the next replica
   * at the same moment.
   */
  readonly spreadMs?: number | undefined;
}

/** One process that feeds gRPC clients of any language from the cluster, over xDS. */
export interface ControlPlane {
  /** Listens and begins to watch. Idempotent. Rejects with LISTEN_FAILED, TLS_INVALID, and CLOSED after `close`. */
  start(): Promise<Listening>;
  /** The cluster was read, and nothing is being shut down. Until then clients are accepted and not answered. */
  readonly ready: boolean;
  /** Resolves when the cluster was read, or when this is closed before. */
  synced(): Promise<void>;
  /** Who has a stream open, and what they refuse. */
  clients(): readonly AdsClient[];
  /** How many targets are watched. */
  readonly targets: number;
  /** Takes no further clients, ends streams with status OK, then everything else. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
}

/** Responses of one type on one stream are no closer together (ms): names that a client adds one by one are gathered. */
const WINDOW_MS = 10;
/** A connection that has been silent for so long is asked whether it is still there (ms). */
const KEEPALIVE_MS = 30_000;
/** A client that has no stream on its connection is sent away after so long (ms). */
const IDLE_MS = 300_000;
/** One client has a stream; a few more are other channels of the same process. */
const STREAMS_PER_CONNECTION = 100;
/** More connections than streams, so that those who have none are told why. */
const SPARE_CONNECTIONS = 1_000;
/** Every cluster has this Service, and its port is known by name: what is read of it says that the watch works. */
const PROBE = 'kubernetes';

/** What is around a control plane, and closed with it. */
interface Surroundings {
  readonly source: Pick<EndpointSource, 'watch' | 'close'>;
  /** Undefined: clients are not authenticated. */
  readonly reviews: (Reviews & { close?(): void }) | undefined;
}

class Process implements ControlPlane {
  readonly #options: CompleteOptions;
  readonly #around: Surroundings;
  readonly #gatekeeper: Gatekeeper | undefined;
  readonly #certificate: CertificateFiles | undefined;
  readonly #snapshot = new Snapshot();
  readonly #directory: TargetDirectory;
  readonly #service: AdsService;
  readonly #server: GrpcServer;
  readonly #admin: AdminServer | undefined;
  readonly #probes: Watch[] = [];
  readonly #synced: Promise<void>;
  #sync: () => void = () => {};
  #ready = false;
  #starting: Promise<Listening> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: CompleteOptions, around: Surroundings) {
    this.#options = options;
    this.#around = around;
    this.#gatekeeper = gatekeeperOf(options, around.reviews);
    this.#certificate = options.tls && new CertificateFiles(options.tls, options);
    this.#synced = new Promise((resolve) => {
      this.#sync = resolve;
    });
    const { limits } = options;
    const snapshot = this.#snapshot;
    this.#directory = new TargetDirectory({
      ...options,
      source: around.source,
      snapshot,
      defaults: options,
      maxTargets: limits.maxTargets,
    });
    this.#service = new AdsService({
      ...options,
      snapshot,
      interests: this.#directory,
      gatekeeper: this.#gatekeeper,
      windowMs: WINDOW_MS,
    });
    this.#server = new GrpcServer({
      logger: options.logger,
      // The network has no other clock: what answers a ping does so in real time.
      clock: systemClock,
      methods: this.#service.methods,
      maxMessageBytes: limits.maxRequestBytes,
      maxCalls: STREAMS_PER_CONNECTION,
      maxConnections: limits.maxStreams + SPARE_CONNECTIONS,
      maxConnectionsPerAddress: limits.maxStreamsPerAddress + SPARE_CONNECTIONS,
      keepaliveMs: KEEPALIVE_MS,
      idleMs: IDLE_MS,
    });
    const administered = this.#administered();
    this.#admin = options.admin && new AdminServer(administered);
    if (options.meterProvider !== undefined) reportTo(options.meterProvider, administered);
  }

  get ready(): boolean {
    return this.#ready && this.#closing === undefined;
  }

  get targets(): number {
    return this.#directory.size;
  }

  clients(): readonly AdsClient[] {
    return this.#service.clients();
  }

  synced(): Promise<void> {
    return this.#synced;
  }

  async start(): Promise<Listening> {
    this.#refuseClosed();
    this.#starting ??= this.#start();
    return this.#starting;
  }

  close({ spreadMs = 0 }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#end(spreadMs);
    return this.#closing;
  }

  async #start(): Promise<Listening> {
    const { host } = this.#options;
    const certificate = await this.#certificate?.start((renewed) => this.#server.renew(renewed));
    const admin = await this.#startAdmin();
    const port = await this.#listen(certificate);
    this.#refuseClosed();
    this.#directory.publish(this.#options.publish);
    this.#probe();
    return { host, port, ...(admin && { admin }) };
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new ControlPlaneError('CLOSED', 'this control plane is closed');
  }

  async #startAdmin(): Promise<Listening['admin']> {
    const { admin } = this.#options;
    if (admin === undefined || this.#admin === undefined) return undefined;
    return { host: admin.host ?? '127.0.0.1', port: await this.#admin.start(admin) };
  }

  #administered(): Administered {
    const { tally } = this.#service;
    const [isReady, targets] = [() => this.ready, () => this.targets];
    return {
      get ready() {
        return isReady();
      },
      get targets() {
        return targets();
      },
      tally,
      clients: () => this.clients(),
      resources: (type) => this.#snapshot.count(type),
      names: (type) => this.#snapshot.names(type),
      resource: (type, name) => this.#snapshot.resource(type, name),
    };
  }

  async #listen(certificate: ServerCertificate | undefined): Promise<number> {
    const { host, port } = this.#options;
    try {
      return await this.#server.listen(host, port, certificate);
    } catch (error) {
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const text = error instanceof Error ? error.message : String(error);
      throw new ControlPlaneError('LISTEN_FAILED', `${address}: ${text}`, { cause: error });
    }
  }

  /** A watch of the widest scope that stays open: it says when the cluster was read, and keeps what was read. */
  #probe(): void {
    const { namespaces } = this.#options;
    const waiting = new Set(namespaces ?? ['default']);
    for (const namespace of [...waiting]) {
      const target = parseTarget(`k8s:///${PROBE}.${namespace}:https`);
      const onSet = (): void => {
        waiting.delete(namespace);
        if (waiting.size > 0 || this.#ready) return;
        this.#ready = true;
        this.#options.logger.info('the cluster was read');
        this.#sync();
      };
      this.#probes.push(this.#around.source.watch(target, { onSet }, { ref: false }));
    }
  }

  /** New clients go elsewhere from the first moment on; those that are here are sent there one after the other. */
  async #end(spreadMs: number): Promise<void> {
    // What a start opens is there to be closed when it is through.
    await this.#starting?.catch(() => {});
    const stopped = this.#server.drain();
    this.#service.drain(spreadMs, this.#options.random);
    const late = new Promise<void>((resolve) => {
      this.#options.clock.setTimeout(resolve, spreadMs).unref();
    });
    await Promise.race([stopped, late]);
    this.#service.close();
    for (const probe of this.#probes) probe.close();
    this.#directory.close();
    this.#around.source.close();
    this.#server.cut();
    this.#gatekeeper?.close();
    this.#certificate?.close();
    this.#around.reviews?.close?.();
    await this.#admin?.close();
    this.#sync();
  }
}

function gatekeeperOf(options: CompleteOptions, reviews: Reviews | undefined): Gatekeeper | undefined {
  if (reviews === undefined) return undefined;
  const namespaceOf = (name: string): string | undefined => targetOfName(name, options)?.namespace;
  const byCertificate = options.tls?.clientCaFile !== undefined;
  return new Gatekeeper({ ...options, reviews, namespaceOf, byCertificate });
}

/** Clients wait at the door for that long at most (ms); then they come again. */
const REVIEW_TIMEOUT_MS = 5_000;

function askApiServer(
  { kubeconfig, context }: ControlPlaneOptions,
  { audience, logger }: CompleteOptions,
): Reviews & { close(): void } {
  const client = createKubeClient(loadAccess({ kubeconfig, context }), {
    timeoutMs: REVIEW_TIMEOUT_MS,
    logger,
  });
  return { ...createReviews(client, audience), close: () => client.close() };
}

/**
 * Makes a control plane: clients dial `xds:///SERVICE.NAMESPACE:PORT` (the target grammar of `k8s:///`) and get that
 * Service's endpoints. Only names that clients ask for are resolved; what does not exist is answered when it does, and
 * what existed is never taken back. Throws OPTION_INVALID, TARGET_INVALID (`publish`) and ACCESS_INVALID (no credentials).
 */
export function createControlPlane(options: ControlPlaneOptions = {}): ControlPlane {
  const complete = completeOptions(options);
  const { kubeconfig, context, settleMs, namespaces } = options;
  if (!complete.authenticates && !complete.loopback)
    complete.logger.warn('every client that reaches this address sees every Service', {
      host: complete.host,
    });
  const source =
    options.source ??
    sharedKubernetesSource({
      kubeconfig,
      context,
      settleMs,
      watchScope: namespaces === undefined ? 'cluster' : 'namespace',
      logger: complete.logger,
      clock: options.clock,
      random: options.random,
    }).source;
  const reviews = complete.authenticates ? (options.reviews ?? askApiServer(options, complete)) : undefined;
  return new Process(complete, { source, reviews });
}
