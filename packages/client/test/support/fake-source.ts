import {
  createEndpointSet,
  DiscoveryError,
  type DiscoveryErrorCode,
  diffSets,
  type Endpoint,
  type EndpointObserver,
  type EndpointSet,
  type EndpointSetState,
  type EndpointSource,
  type Target,
  type Watch,
} from '@fairlead/discovery';
import type { Cluster } from '../../src/clusters/clusters.js';

/** An endpoint for a test; ready unless told otherwise. */
export function endpoint(host: string, port: number, more: Partial<Endpoint> = {}): Endpoint {
  return {
    key: `${host}:${port}`,
    addresses: [{ host, port }],
    ready: true,
    serving: true,
    terminating: false,
    slice: 'slice-1',
    ...more,
  };
}

/** Trouble of a kind, as a source reports it. */
export function trouble(code: DiscoveryErrorCode, message: string): DiscoveryError {
  return new DiscoveryError(code, message);
}

interface Seat {
  readonly observer: EndpointObserver;
  told: EndpointSet | null;
}

/** A source that says what a test tells it to, with the same manners as the real one. */
export class FakeSource implements EndpointSource {
  watches = 0;
  closes = 0;
  /** Async-context probe: called whenever a watch starts. */
  onWatch: (() => void) | null = null;
  readonly refs: (boolean | undefined)[] = [];
  private readonly seats = new Set<Seat>();
  private set: EndpointSet | null = null;
  private state: EndpointSetState | null = null;
  private target = 'k8s:///fake';

  watch(target: Target, observer: EndpointObserver, options?: { readonly ref?: boolean }): Watch {
    this.watches += 1;
    this.target = target.text;
    this.refs.push(options?.ref);
    this.onWatch?.();
    const seat: Seat = { observer, told: null };
    this.seats.add(seat);
    const opening = setImmediate(() => {
      if (this.state !== null && this.state.kind !== 'live') observer.onState?.(this.state);
      this.tell(seat);
    });
    return {
      close: () => {
        clearImmediate(opening);
        if (this.seats.delete(seat)) this.closes += 1;
      },
    };
  }

  get watching(): number {
    return this.seats.size;
  }

  /** Publishes a set; endpoints that are the same objects stay unchanged for everybody. */
  push(endpoints: readonly Endpoint[], more: Partial<EndpointSet> = {}): void {
    const sorted = [...endpoints].sort((a, b) => (a.key < b.key ? -1 : 1));
    const usable = sorted.some(({ ready, terminating, serving }) => (terminating ? serving : ready));
    this.set = createEndpointSet({
      target: this.target,
      endpoints: sorted,
      state: this.state ?? { kind: 'live' },
      reason: 'test',
      changedAtMs: Date.now(),
      ...(usable ? {} : { unusableSinceMs: Date.UTC(2024, 0, 2, 12, 4, 31) }),
      ...more,
    });
    for (const seat of [...this.seats]) this.tell(seat);
  }

  changeState(state: EndpointSetState): void {
    this.state = state;
    for (const { observer } of [...this.seats]) observer.onState?.(state);
  }

  close(): void {
    this.seats.clear();
  }

  private tell(seat: Seat): void {
    const { set } = this;
    if (set === null || set === seat.told || !this.seats.has(seat)) return;
    const diff = diffSets(seat.told, set);
    seat.told = set;
    seat.observer.onSet(set, diff);
  }
}

/** A cluster around a source. */
export function fakeCluster(source: EndpointSource): Cluster {
  return { namespace: 'ns', server: 'https://api:6443', source };
}
