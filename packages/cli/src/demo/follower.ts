import {
  type Endpoint,
  type EndpointSet,
  type EndpointSetState,
  usableEndpoints,
  watchEndpoints,
} from '@fairlead/discovery';

/** Follows the endpoints of the demo's target beside the clients, and remembers who was where and since when. */
export interface Follower {
  readonly usable: readonly Endpoint[];
  readonly endpoints: readonly Endpoint[];
  /** Name of the pod that an address has, or had. */
  podAt(address: string): string | undefined;
  /** When an address was first read as usable (epoch ms). */
  usableSince(address: string): number | undefined;
  /** When an address was last read as no longer usable (epoch ms). */
  goneSince(address: string): number | undefined;
  /** Kinds of state seen since the last call, oldest first. */
  takeStates(): string[];
  close(): void;
}

class WatchFollower implements Follower {
  #set: EndpointSet | undefined;
  readonly #pods = new Map<string, string>();
  readonly #usableSince = new Map<string, number>();
  readonly #goneSince = new Map<string, number>();
  #states: string[] = [];
  readonly #watch: { close(): void };

  constructor(target: string, kubeconfig: string) {
    this.#watch = watchEndpoints(target, {
      kubeconfig,
      onSet: (set) => this.#take(set),
      onState: (state) => this.#takeState(state),
    });
  }

  get usable(): readonly Endpoint[] {
    return this.#set ? usableEndpoints(this.#set) : [];
  }

  get endpoints(): readonly Endpoint[] {
    return this.#set?.endpoints ?? [];
  }

  podAt(address: string): string | undefined {
    return this.#pods.get(address);
  }

  usableSince(address: string): number | undefined {
    return this.#usableSince.get(address);
  }

  goneSince(address: string): number | undefined {
    return this.#goneSince.get(address);
  }

  takeStates(): string[] {
    const states = this.#states;
    this.#states = [];
    return states;
  }

  close(): void {
    this.#watch.close();
  }

  #take(set: EndpointSet): void {
    const nowMs = Date.now();
    const before = new Set(this.usable.map(({ key }) => key));
    this.#set = set;
    const after = new Set(this.usable.map(({ key }) => key));
    for (const { key, pod } of set.endpoints) if (pod) this.#pods.set(key, pod);
    for (const key of after) if (!this.#usableSince.has(key)) this.#usableSince.set(key, nowMs);
    for (const key of before) if (!after.has(key)) this.#goneSince.set(key, nowMs);
  }

  #takeState(state: EndpointSetState): void {
    this.#states.push(state.kind);
  }
}

/** Starts to follow `target`. */
export function followEndpoints(target: string, kubeconfig: string): Follower {
  return new WatchFollower(target, kubeconfig);
}
