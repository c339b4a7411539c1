import type { ClusterSource, KubernetesSource, Target, Watch } from '@fairlead/discovery';
import type { KubeClient } from '@fairlead/discovery/kubernetes';

/** Which credentials a channel asks for; empty = those of register(). */
export interface AccessChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** What of an API server is used beside endpoints. None of it keeps the process alive. */
export interface ClusterApi {
  readonly client: Pick<KubeClient, 'server' | 'identity' | 'get' | 'watch' | 'create'>;
  /** Reads the Service object of a target. */
  readService(target: Target, reader: Parameters<KubernetesSource['readService']>[1]): Watch;
}

/** One API server as one user, with the watches that all channels of the process share. */
export interface Cluster extends ClusterSource {
  /** Absent where there are no credentials. */
  readonly api?: ClusterApi;
}

/** Reads credentials and makes the source; throws ACCESS_INVALID. */
export type OpenCluster = (choice: AccessChoice) => Cluster;

/** The clusters of this process by the credentials that lead to them. */
export class Clusters {
  private readonly open: OpenCluster;
  private readonly defaults: AccessChoice;
  private readonly byChoice = new Map<string, Cluster>();

  constructor(open: OpenCluster, defaults: AccessChoice) {
    this.open = open;
    this.defaults = defaults;
  }

  /** What a channel does not say is what register() said. A context names a user in a file, so both go together. */
  get(choice: AccessChoice): Cluster {
    const complete = choice.kubeconfig === undefined ? { ...this.defaults, ...choice } : choice;
    const key = JSON.stringify([complete.kubeconfig ?? null, complete.context ?? null]);
    let cluster = this.byChoice.get(key);
    if (cluster === undefined) {
      cluster = this.open(complete);
      this.byChoice.set(key, cluster);
    }
    return cluster;
  }

  /**
   * The namespace that authorities of targets without one are made with. Without registered credentials it is
   * `default`: a channel that brings its own must still be possible.
   */
  defaultNamespace(): string {
    try {
      return this.get({}).namespace;
    } catch {
      return 'default';
    }
  }
}
