import type { StoreEvent } from '../store.js';

type Listener = (event: StoreEvent) => void;

/** Hands changes to their listeners a microtask after the write, in the order of the writes over all resources. */
export class Dispatcher {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #live = new Set<Listener>();
  #queue: { listener: Listener; event: StoreEvent }[] = [];

  /** Queues `first` for the listener, then every change of the resource. Returns the function that ends it. */
  add(resource: string, onEvent: Listener, first: readonly StoreEvent[]): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const listener: Listener = (event) => onEvent(event);
    const group = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, group.add(listener));
    this.#live.add(listener);
    for (const event of first) this.#push(listener, event);
    return () => {
      group.delete(listener);
      this.#live.delete(listener);
    };
  }

  emit(event: StoreEvent): void {
    for (const listener of this.#listeners.get(event.resource) ?? []) this.#push(listener, event);
  }

  #push(listener: Listener, event: StoreEvent): void {
    if (this.#queue.length === 0) queueMicrotask(() => this.#deliver());
    this.#queue.push({ listener, event });
  }

  #deliver(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { listener, event } of queue) {
      if (!this.#live.has(listener)) continue;
      try {
        listener(event);
      } catch (error) {
        // A listener that throws is a defect: it must surface, but not cost the others their events.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
