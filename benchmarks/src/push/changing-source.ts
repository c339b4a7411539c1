import {
  createEndpointSet,
  type Endpoint,
  type EndpointObserver,
  type EndpointSource,
  type Watch,
} from '@fairlead/discovery';

function endpointAt(number: number): Endpoint {
  const host = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  const addresses = [{ host, port: 8080 }];
  return { key: `${host}:8080`, addresses, ready: true, serving: true, terminating: false, slice: 's' };
}

/** Targets that all have the same endpoints, of which one changes at a time. */
export class ChangingSource implements Pick<EndpointSource, 'watch' | 'close'> {
  readonly #observers = new Set<EndpointObserver>();
  readonly #endpoints: Endpoint[];
  #next: number;

  constructor(endpoints: number) {
    this.#endpoints = Array.from({ length: endpoints }, (_, n) => endpointAt(n));
    this.#next = endpoints;
  }

  watch(_target: unknown, observer: EndpointObserver): Watch {
    this.#observers.add(observer);
    setImmediate(() => this.#tell(observer));
    return { close: () => void this.#observers.delete(observer) };
  }

  close(): void {
    this.#observers.clear();
  }

  /** Another endpoint in the place of one. */
  change(): void {
    this.#endpoints[this.#next % this.#endpoints.length] = endpointAt(this.#next);
    this.#next += 1;
    for (const observer of this.#observers) this.#tell(observer);
  }

  #tell(observer: EndpointObserver): void {
    const set = createEndpointSet({
      target: '',
      endpoints: [...this.#endpoints],
      state: { kind: 'live' },
      reason: '',
      changedAtMs: 0,
    });
    observer.onSet(set, { added: [], removed: [], changed: [] });
  }
}
