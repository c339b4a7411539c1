import type { Clock, Random, Target } from '@fairlead/discovery';
import type { ClusterApi } from '../clusters/clusters.js';
import type { TroubleLog } from '../log.js';
import { ConfigMaps } from './config-maps.js';
import type { PolicyCheck, Problem, Settings } from './place.js';
import { ServiceConfigWatch } from './service-config-watch.js';

/** What register() says of configuration from the cluster. */
export interface ClusterConfigOptions {
  /** `NAME` in the namespace of each Service, or `NAMESPACE/NAME`. Default: annotations only. */
  readonly configMap?: string;
}

export interface ClusterConfigsHost {
  readonly options: ClusterConfigOptions;
  readonly registry: PolicyCheck;
  readonly log: TroubleLog;
  readonly clock: Clock;
  readonly random: Random;
  /** A value for the clients of this target was refused. */
  readonly onRejected: (target: string) => void;
}

/** What the cluster says to one channel. */
export interface ConfigSubscription {
  readonly current: Settings;
  /** What of it is not accepted, as it stands now. */
  readonly problems: readonly Problem[];
  /** Everything was looked at. */
  readonly ready: boolean;
  close(): void;
}

interface Shared {
  readonly watch: ServiceConfigWatch;
  readonly listeners: Set<() => void>;
}

/** Configuration from the cluster: one watch for all channels of a Service, and one for each ConfigMap. */
export class ClusterConfigs {
  readonly #host: ClusterConfigsHost;
  readonly #byApi = new Map<ClusterApi, { services: Map<string, Shared>; configMaps: ConfigMaps }>();

  constructor(host: ClusterConfigsHost) {
    this.#host = host;
  }

  /** Follows the configuration of a target's Service; `onChange` is never called inside. */
  open(api: ClusterApi, target: Target, onChange: () => void): ConfigSubscription {
    const id = `${target.namespace}/${target.service}`;
    const services = this.#servicesOf(api);
    const shared = services.get(id) ?? this.#start(api, target);
    services.set(id, shared);
    const listener = (): void => onChange();
    shared.listeners.add(listener);
    const { watch, listeners } = shared;
    return {
      get current() {
        return watch.current;
      },
      get problems() {
        return watch.problems;
      },
      get ready() {
        return watch.ready;
      },
      close() {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        watch.close();
        services.delete(id);
      },
    };
  }

  #stateOf(api: ClusterApi) {
    let state = this.#byApi.get(api);
    if (state === undefined) {
      const { clock, random } = this.#host;
      state = { services: new Map<string, Shared>(), configMaps: new ConfigMaps(api.client, clock, random) };
      this.#byApi.set(api, state);
    }
    return state;
  }

  #servicesOf(api: ClusterApi): Map<string, Shared> {
    return this.#stateOf(api).services;
  }

  #start(api: ClusterApi, target: Target): Shared {
    const { options, onRejected, ...host } = this.#host;
    const listeners = new Set<() => void>();
    const [name, namespace = target.namespace] = (options.configMap ?? '').split('/').reverse();
    const watch = new ServiceConfigWatch({
      ...host,
      api,
      target,
      configMaps: this.#stateOf(api).configMaps,
      configMap: name ? { namespace, name } : undefined,
      onRejected: () => onRejected(target.text),
      onChange: () => {
        for (const listener of [...listeners]) if (listeners.has(listener)) listener();
      },
    });
    return { watch, listeners };
  }
}
