import { type DeltaResponse, endpointsIn, type SotwRequest, type SotwResponse, TYPES } from './protocol.js';

export interface ToldListener {
  /** The control plane said something, whatever it was. */
  onSpoken?(): void;
  /** The endpoints are these from now on; none is a whole answer, too. */
  onEndpoints(keys: readonly string[]): void;
  /** What no control plane should say, and no client should have a reason to. */
  onObjection(text: string): void;
}

/** What one client was told by control planes, on one stream after the other. */
export class Told {
  readonly #listener: ToldListener;
  #endpoints: readonly string[] | null = null;

  constructor(listener: ToldListener) {
    this.#listener = listener;
  }

  /** Sorted `ip:port`; null before the first answer. */
  get endpoints(): readonly string[] | null {
    return this.#endpoints;
  }

  /** A request of the client. */
  request({ error_detail, type_url }: Pick<SotwRequest, 'error_detail' | 'type_url'>): void {
    if (error_detail) this.#listener.onObjection(`refused ${type_url}: ${error_detail.message}`);
  }

  sotw({ type_url, resources }: SotwResponse): void {
    this.#listener.onSpoken?.();
    // A response of these types says all that there is: what is not in it was deleted.
    if (resources.length === 0 && (type_url === TYPES.listener || type_url === TYPES.cluster))
      this.#listener.onObjection(`was told that nothing is left of ${type_url}`);
    if (type_url === TYPES.endpoints) for (const each of resources) this.#now(endpointsIn(each));
  }

  delta({ type_url, resources, removed_resources: removed }: DeltaResponse): void {
    this.#listener.onSpoken?.();
    if (removed.length > 0)
      this.#listener.onObjection(`was told that ${removed.join(', ')} of ${type_url} is gone`);
    if (type_url !== TYPES.endpoints) return;
    for (const { resource } of resources) if (resource !== null) this.#now(endpointsIn(resource));
  }

  #now(keys: readonly string[]): void {
    this.#endpoints = keys;
    this.#listener.onEndpoints(keys);
  }
}
