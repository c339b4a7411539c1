import type { Target, Timer } from '@fairlead/discovery';
import type { ConfigSubscription } from '../cluster-config/cluster-configs.js';
import { firstOf, type Settings } from '../cluster-config/place.js';
import type { ClusterApi } from '../clusters/clusters.js';
import type { ChannelOptions, Grpc, ServiceConfig, StatusOr } from '../grpc.js';
import type { Runtime } from '../registration/runtime.js';
import {
  chooseServiceConfig,
  type PolicyRegistry,
  type ServiceConfigChoice,
  type ServiceConfigInput,
} from '../service-config.js';

/**
 * How long a channel that has endpoints waits for what the cluster says of its policy (ms). Both are asked for at the
 * same time, and calls with other timeouts than they were given are worse than calls that come later.
 */
const PATIENCE_MS = 1_000;

export interface ChannelConfigOptions {
  readonly grpc: Grpc;
  readonly runtime: Runtime;
  /** Channel option `fairlead.policy`. */
  readonly policy: unknown;
  readonly channelOptions: ChannelOptions;
  /** The config is another, or it is ready; never called inside `start()`. */
  readonly onChange: () => void;
}

function same(a: Settings, b: Settings): boolean {
  return a.policy === b.policy && a.methodConfig === b.methodConfig;
}

/** The service config of one channel: what the user says, completed by what the cluster and a file say as they change. */
export class ChannelConfig {
  readonly #options: ChannelConfigOptions;
  readonly #input: ServiceConfigInput;
  readonly #registry: PolicyRegistry;
  #choice: ServiceConfigChoice;
  #status: StatusOr<ServiceConfig>;
  /** Strongest first. */
  #subscriptions: readonly ConfigSubscription[] = [];
  #patience: Timer | undefined;
  #impatient = false;
  #taken: Settings = {};

  /** Throws for a config that cannot work. */
  constructor(options: ChannelConfigOptions) {
    const { grpc, runtime, policy, channelOptions } = options;
    const { experimental } = grpc;
    const json = channelOptions['grpc.service_config'];
    const registered = runtime.settings.policy;
    this.#options = options;
    this.#input = {
      ...(policy === undefined ? {} : { channelPolicy: policy }),
      ...(json === undefined ? {} : { serviceConfig: json }),
      ...(registered === undefined ? {} : { registerPolicy: registered }),
    };
    this.#registry = {
      check: (config) => void runtime.parseConfig(config),
      isRegistered: experimental.isLoadBalancerNameRegistered,
      parse: (entry) => void experimental.parseLoadBalancingConfig(entry),
      parseDuration: experimental.parseDuration,
    };
    this.#choice = chooseServiceConfig(this.#input, this.#registry);
    this.#status = experimental.statusOrFromValue(this.#choice.config);
  }

  get choice(): ServiceConfigChoice {
    return this.#choice;
  }

  /** The same object while nothing changes. */
  get status(): StatusOr<ServiceConfig> {
    return this.#status;
  }

  /** What the cluster or the file says and is not accepted, in words; null: nothing of the kind. */
  get rejected(): string | null {
    const problems = this.#subscriptions.flatMap((each) => each.problems);
    return problems.map(({ place, message }) => `${place}: ${message}`).join('; ') || null;
  }

  /** False while the cluster or the file may still say something before the first call. */
  get ready(): boolean {
    return this.#impatient || this.#subscriptions.every(({ ready }) => ready);
  }

  /** Begins to follow what the cluster and a file say of the Service, if they were asked for. */
  start(api: ClusterApi | undefined, service: Target | undefined): void {
    const { clusterConfigs, fileConfigs, clock } = this.#options.runtime;
    if (service === undefined) return;
    const renew = (): void => this.#renew();
    const cluster = api === undefined ? undefined : clusterConfigs?.open(api, service, renew);
    const file = fileConfigs?.open(service, renew);
    this.#subscriptions = [cluster, file].filter((each) => each !== undefined);
    if (this.#subscriptions.length === 0) return;
    this.#impatient = false;
    this.#patience = clock.setTimeout(() => {
      this.#impatient = true;
      this.#renew();
    }, PATIENCE_MS);
    this.#patience.unref();
    this.#take();
  }

  /** What was heard holds until it is heard anew. */
  stop(): void {
    this.#patience?.cancel();
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
  }

  #renew(): void {
    if (!this.ready) return;
    this.#patience?.cancel();
    this.#take();
    this.#options.onChange();
  }

  #take(): void {
    if (!this.ready) return;
    const cluster = firstOf(this.#subscriptions.map(({ current }) => current));
    if (same(cluster, this.#taken)) return;
    this.#taken = cluster;
    this.#choice = chooseServiceConfig({ ...this.#input, cluster }, this.#registry);
    this.#status = this.#options.grpc.experimental.statusOrFromValue(this.#choice.config);
  }
}
