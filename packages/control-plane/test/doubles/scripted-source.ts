import {
  createEndpointSet,
  DiscoveryError,
  type Endpoint,
  type EndpointObserver,
  type EndpointSet,
  type EndpointSource,
  type Target,
  type Watch,
} from '@fairlead/discovery';
import { endpoint } from './endpoints.js';

/** A source that says what a test tells it to. Targets are named as `service.namespace`. */
export class ScriptedSource implements Pick<EndpointSource, 'watch' | 'close'> {
  readonly #observers = new Map<string, Set<EndpointObserver>>();
  readonly #sets = new Map<string, EndpointSet>();
  closed = false;

  /** The targets that are watched now. */
  get watched(): string[] {
    return [...this.#observers.keys()].filter((key) => this.#observers.get(key)?.size !== 0).sort();
  }

  watch(target: Target, observer: EndpointObserver): Watch {
    const key = `${target.service}.${target.namespace}`;
    const observers = this.#observers.get(key) ?? new Set();
    this.#observers.set(key, observers.add(observer));
    const set = this.#sets.get(key);
    setImmediate(() => {
      if (set !== undefined && observers.has(observer)) tell(observer, set);
    });
    return { close: () => void observers.delete(observer) };
  }

  close(): void {
    this.closed = true;
  }

  /** The Service has these endpoints. */
  put(key: string, ...hosts: readonly (string | Endpoint)[]): void {
    const endpoints = hosts.map((host) => (typeof host === 'string' ? endpoint(host) : host));
    this.#say(key, setOf({ endpoints }));
  }

  /** There is no such Service. */
  remove(key: string): void {
    this.#say(key, setOf({ absence: { code: 'NO_SERVICE', message: `Service ${key} does not exist` } }));
  }

  /** The API server does not let anybody look. */
  forbid(key: string): void {
    this.#unknown(key, new DiscoveryError('FORBIDDEN', 'no'));
  }

  /** The API server does not answer. */
  lose(key: string): void {
    this.#unknown(key, new DiscoveryError('UNREACHABLE', 'no answer'));
  }

  #unknown(key: string, cause: DiscoveryError): void {
    for (const observer of this.#observers.get(key) ?? []) {
      observer.onState?.({ kind: 'unknown', sinceMs: 0, cause });
    }
  }

  #say(key: string, set: EndpointSet): void {
    this.#sets.set(key, set);
    for (const observer of this.#observers.get(key) ?? []) tell(observer, set);
  }
}

function tell(observer: EndpointObserver, set: EndpointSet): void {
  observer.onSet(set, { added: [], removed: [], changed: [] });
}

function setOf(fields: Partial<Omit<EndpointSet, 'version'>>): EndpointSet {
  const state = { kind: 'live' } as const;
  return createEndpointSet({ target: '', endpoints: [], state, reason: '', changedAtMs: 0, ...fields });
}
