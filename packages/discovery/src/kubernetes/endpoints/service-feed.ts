import type { Clock } from '../../clock.js';
import type { EndpointSetState } from '../../endpoint-set.js';
import type { Logger } from '../../logger.js';
import type { EndpointObserver } from '../../source.js';
import type { Target } from '../../target.js';
import { Handover } from '../scopes/handover.js';
import type { ServiceObject, ServiceObjects } from '../scopes/service-objects.js';
import type { SliceWatch } from '../scopes/slice-watch.js';
import type { Placed } from '../scopes/watch-scopes.js';
import { needsService, type ServiceView } from './port-rule.js';
import type { ParsedSlice } from './slice.js';
import { type ServiceFacts, TargetView } from './target-view.js';

export interface ServiceFeedOptions {
  readonly objects: ServiceObjects;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly service: string;
}

/** What observers of one target may want differently, although one watch serves them all. */
export interface ViewTiming {
  /** How long an endpoint that vanishes without a word stays (ms). */
  readonly settleMs: number;
  /** After so long without contact the set counts as empty (ms). */
  readonly maxStaleMs: number;
}

/** Who reads the Service object itself. */
export type ServiceReader = (service: ServiceView) => void;

/** Everything about one Service: its slices, from whichever watch holds them, and a view for each target that names it. */
export class ServiceFeed implements ServiceFacts, Placed {
  readonly #options: ServiceFeedOptions;
  readonly #source: Handover;
  readonly #views = new Map<string, TargetView>();
  readonly #triggers = new Map<string, number | undefined>();
  readonly #readers = new Set<ServiceReader>();
  #object: ServiceObject | undefined;

  constructor(options: ServiceFeedOptions) {
    this.#options = options;
    this.#source = new Handover(`${options.namespace}/${options.service}`, options.clock, {
      onSlices: (changed, event) => this.#onSlices(changed, event),
      onState: () => {
        this.#watchService();
        this.#scheduleViews();
      },
    });
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  /** Name of the Service object. */
  get name(): string {
    return this.#options.service;
  }

  get slices(): ReadonlyMap<string, ParsedSlice> {
    return this.#source.slices;
  }

  get service(): ServiceView {
    return this.#object?.view ?? { kind: 'pending' };
  }

  get state(): EndpointSetState | undefined {
    return this.#source.state;
  }

  get synced(): boolean {
    return this.#source.synced;
  }

  /** True when nobody observes. */
  get idle(): boolean {
    return this.#readers.size === 0 && [...this.#views.values()].every((view) => view.idle);
  }

  follow(watch: SliceWatch, options?: { readonly now?: boolean }): void {
    this.#source.follow(watch, options);
  }

  follows(watch: SliceWatch): boolean {
    return this.#source.reads(watch);
  }

  standIn(watch: SliceWatch): void {
    this.#source.standIn(watch);
  }

  /** As in `Reflector`. */
  refresh(): void {
    this.#source.refresh();
  }

  close(): void {
    this.#source.close();
    this.#object?.close();
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
    this.#readers.clear();
  }

  /** Adds an observer of one target; returns the function that removes it. */
  join(target: Target, observer: EndpointObserver, { settleMs, maxStaleMs }: ViewTiming): () => void {
    const id = `${settleMs} ${maxStaleMs} ${target.text}`;
    let view = this.#views.get(id);
    if (view === undefined) {
      const { clock, logger } = this.#options;
      view = new TargetView({ target, facts: this, clock, logger, settleMs, maxStaleMs });
      this.#views.set(id, view);
      this.#watchService();
      view.update();
    }
    const joined = view;
    const leave = joined.join(observer);
    return () => {
      leave();
      if (joined.idle && !this.idle) this.#drop(id, joined);
    };
  }

  /**
   * Adds who reads the Service object, whether a target needs it or not; returns the function that removes it. It is
   * told, in a later macrotask, as soon as anything is known, and each change.
   */
  read(reader: ServiceReader): () => void {
    const own: ServiceReader = (service) => reader(service);
    this.#readers.add(own);
    this.#watchService();
    const opening = setImmediate(() => {
      if (this.#readers.has(own) && this.service.kind !== 'pending') own(this.service);
    });
    return () => {
      clearImmediate(opening);
      if (this.#readers.delete(own)) this.#watchService();
    };
  }

  /** Ends a view that nobody observes while others are observed; the last ones stay for who comes back. */
  #drop(id: string, view: TargetView): void {
    if (this.#views.get(id) !== view) return;
    this.#views.delete(id);
    view.close();
    this.#watchService();
  }

  #onSlices(changed: readonly string[], event: boolean): void {
    const ageMs = this.#ageMs(changed, event);
    this.#updateViews(changed, ageMs);
  }

  #updateViews(changed?: readonly string[], ageMs?: number): void {
    this.#watchService();
    for (const view of this.#views.values()) view.update(changed, ageMs);
  }

  /**
   * The age that the slices' trigger time gives, only where it says something: on a watch event that brings a new
   * one. Many updates leave the annotation out or as it was.
   */
  #ageMs(changed: readonly string[], event: boolean): number | undefined {
    let ageMs: number | undefined;
    for (const id of changed) {
      const triggerMs = this.slices.get(id)?.triggerMs;
      const fresh = triggerMs !== undefined && triggerMs !== this.#triggers.get(id);
      if (this.slices.has(id)) this.#triggers.set(id, triggerMs);
      else this.#triggers.delete(id);
      if (fresh && event) ageMs = this.#options.clock.now() - triggerMs;
    }
    return ageMs;
  }

  #isServiceNeeded(): boolean {
    if (this.#readers.size > 0) return true;
    const slices = [...this.slices.values()];
    return this.synced && [...this.#views.values()].some((view) => needsService(view.target.port, slices));
  }

  /** Watches the Service object exactly while somebody needs it, as widely as the slices are watched. */
  #watchService(): void {
    const { scope } = this.#source;
    if (scope === undefined || !this.#isServiceNeeded()) {
      this.#object?.close();
      this.#object = undefined;
      return;
    }
    this.#object ??= this.#openObject();
    this.#object.follow(scope);
  }

  #openObject(): ServiceObject {
    const { objects, namespace, service: name } = this.#options;
    const onChange = (): void => {
      for (const view of this.#views.values()) view.update();
      const { service } = this;
      for (const reader of [...this.#readers]) if (this.#readers.has(reader)) reader(service);
    };
    return objects.open({ namespace, name, onChange });
  }

  #scheduleViews(): void {
    for (const view of this.#views.values()) view.schedule();
  }
}
