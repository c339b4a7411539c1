import {
  createEndpointSet,
  type Endpoint,
  type EndpointObserver,
  type EndpointSource,
  type Target,
  type Watch,
} from '@fairlead/discovery';

/** Endpoints are numbered; the number is the last three bytes of the address. */
function endpointAt(number: number): Endpoint {
  const host = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  const addresses = [{ host, port: 8080 }];
  return { key: `${host}:8080`, addresses, ready: true, serving: true, terminating: false, slice: 's' };
}

/** The number of an endpoint by its address. */
export function endpointNumber(host: string): number {
  const [, high = 0, middle = 0, low = 0] = host.split('.').map(Number);
  return high * 65_536 + middle * 256 + low;
}

interface Service {
  readonly observers: Set<EndpointObserver>;
  readonly endpoints: Endpoint[];
}

/** As many Services as are asked for, all of one size, whose endpoints are replaced one at a time. */
export class ChangingSource implements Pick<EndpointSource, 'watch' | 'close'> {
  readonly #services = new Map<string, Service>();
  readonly #size: number;
  #next: number;

  constructor(endpoints: number) {
    this.#size = endpoints;
    this.#next = endpoints;
  }

  watch({ service }: Pick<Target, 'service'>, observer: EndpointObserver): Watch {
    const { observers, endpoints } = this.#of(service);
    observers.add(observer);
    setImmediate(() => {
      if (observers.has(observer)) tell(observer, endpoints);
    });
    return { close: () => void observers.delete(observer) };
  }

  close(): void {
    this.#services.clear();
  }

  /** Another endpoint in the place of the oldest one of a Service; returns its number, which is above all before. */
  change(service: string): number {
    const { observers, endpoints } = this.#of(service);
    const number = this.#next++;
    endpoints.shift();
    endpoints.push(endpointAt(number));
    for (const observer of observers) tell(observer, endpoints);
    return number;
  }

  #of(name: string): Service {
    let service = this.#services.get(name);
    if (service === undefined) {
      const endpoints = Array.from({ length: this.#size }, (_, n) => endpointAt(n));
      service = { observers: new Set(), endpoints };
      this.#services.set(name, service);
    }
    return service;
  }
}

function tell(observer: EndpointObserver, endpoints: readonly Endpoint[]): void {
  const set = createEndpointSet({
    target: '',
    endpoints: [...endpoints],
    state: { kind: 'live' },
    reason: '',
    changedAtMs: Date.now(),
  });
  observer.onSet(set, { added: [], removed: [], changed: [] });
}
