import { Audience, sameState } from '../../audience.js';
import type { Clock, Timer } from '../../clock.js';
import { type Endpoint, sameEndpoint } from '../../endpoint.js';
import {
  type Absence,
  createEndpointSet,
  describeDiff,
  diffSets,
  type EndpointDiff,
  type EndpointSet,
  type EndpointSetState,
  hasUsableEndpoint,
} from '../../endpoint-set.js';
import type { Logger } from '../../logger.js';
import type { EndpointObserver } from '../../source.js';
import type { Target } from '../../target.js';
import { GradualMerge } from './gradual-merge.js';
import { meantEndpoints, noSuchPod } from './one-pod.js';
import { type PortSelection, portInSlice, type ServiceView, selectPort } from './port-rule.js';
import { Publication } from './publication.js';
import type { ParsedSlice } from './slice.js';
import type { SlicePortView } from './slice-merge.js';

/** What a view reads of its Service, whenever it looks. */
export interface ServiceFacts {
  readonly slices: ReadonlyMap<string, ParsedSlice>;
  readonly service: ServiceView;
  /** Undefined until something was heard. */
  readonly state: EndpointSetState | undefined;
  /** A complete list was read. */
  readonly synced: boolean;
}

export interface TargetViewOptions {
  readonly target: Target;
  readonly facts: ServiceFacts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settleMs: number;
  /** Stale for longer than this, the set counts as empty. */
  readonly maxStaleMs: number;
}

const byKey = (a: Endpoint, b: Endpoint): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** Where a key is, or would be, in a sorted list. */
function indexOf(list: readonly Endpoint[], key: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Endpoint).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function find(list: readonly Endpoint[], key: string): Endpoint | undefined {
  const found = list[indexOf(list, key)];
  return found?.key === key ? found : undefined;
}

/** The sorted list after a change; costs a copy when few keys moved, a sort when many did. */
function resort(
  old: readonly Endpoint[],
  moved: ReadonlySet<string>,
  now: ReadonlyMap<string, Endpoint>,
): readonly Endpoint[] {
  if (moved.size * 8 > old.length) return [...now.values()].sort(byKey);
  const list = [...old];
  for (const key of moved) {
    const index = indexOf(list, key);
    const endpoint = now.get(key);
    list.splice(index, list[index]?.key === key ? 1 : 0, ...(endpoint === undefined ? [] : [endpoint]));
  }
  return list;
}

/** The greater of two ages (ms), of which either may be unknown. */
function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function sameSelection(a: PortSelection | undefined, b: PortSelection): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'name') return b.kind === 'name' && a.name === b.name;
  return a.kind !== 'number' || (b.kind === 'number' && a.number === b.number);
}

/**
 * One target of one Service: chooses the port, merges the slices, decides what is published and tells the observers.
 * Facts are taken in at once, event by event (very many over some turns of the event loop); observers are told once, at
 * the end of the microtask queue.
 */
export class TargetView {
  readonly target: Target;
  readonly #options: TargetViewOptions;
  readonly #merge: GradualMerge;
  readonly #publication: Publication;
  readonly #audience: Audience;
  #selection: PortSelection | undefined;
  #moved = new Set<string>();
  #sorted: readonly Endpoint[] = [];
  #set: EndpointSet | null = null;
  /** What led to `#set`, and the endpoints before it: most observers were told those. */
  #step: { readonly before: readonly Endpoint[] | undefined; readonly diff: EndpointDiff } | undefined;
  /** What `#set` was made of: spreading a set would compute its version. */
  #fields: Omit<EndpointSet, 'version'> | undefined;
  #ageMs: number | undefined;
  /** Of what is being merged. */
  #mergedAgeMs: number | undefined;
  #scheduled = false;
  #closed = false;
  #timer: { readonly atMs: number; cancel(): void } | undefined;
  #expiry: Timer | undefined;

  constructor(options: TargetViewOptions) {
    this.#options = options;
    this.target = options.target;
    this.#merge = new GradualMerge({ view: (id) => this.#portView(id), onMerged: () => this.#onMerged() });
    this.#publication = new Publication(options.settleMs);
    this.#audience = new Audience(options.target.text, options.logger, () => ({
      set: this.#set,
      state: options.facts.state,
      ...(this.#step === undefined ? {} : { step: this.#step }),
    }));
  }

  get idle(): boolean {
    return this.#audience.empty;
  }

  /** Adds an observer; it is told what is in the next macrotask. Returns the function that removes it. */
  join(observer: EndpointObserver): () => void {
    return this.#audience.join(observer);
  }

  close(): void {
    this.#closed = true;
    this.#merge.close();
    this.#timer?.cancel();
    this.#expiry?.cancel();
    this.#audience.clear();
  }

  /** Slices (by id; undefined: any) or the Service changed. `ageMs` as in `EndpointSet`. */
  update(changed?: readonly string[], ageMs?: number): void {
    const { facts } = this.#options;
    if (!facts.synced || this.#closed) return;
    const slices = [...facts.slices.values()];
    const selected = selectPort(this.target, slices, facts.service);
    if (selected.kind === 'pending' && this.#selection === undefined) return;
    const selection = selected.kind === 'pending' ? (this.#selection as PortSelection) : selected;
    const all = changed === undefined || !sameSelection(this.#selection, selection);
    this.#selection = selection;
    this.#mergedAgeMs = later(this.#mergedAgeMs, ageMs);
    this.#merge.update(all ? new Set([...this.#merge.sliceIds(), ...facts.slices.keys()]) : changed);
  }

  /** Tells observers what changed, once, before any other macrotask runs. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#emit();
    });
  }

  #portView(id: string): SlicePortView | undefined {
    const slice = this.#options.facts.slices.get(id);
    const selection = this.#selection;
    if (slice === undefined || selection === undefined) return undefined;
    return {
      id,
      name: slice.name,
      port: portInSlice(selection, slice),
      endpoints: meantEndpoints(this.target, slice),
    };
  }

  #onMerged(): void {
    this.#publish();
    if (this.#moved.size > 0) this.#ageMs = later(this.#ageMs, this.#mergedAgeMs);
    this.#mergedAgeMs = undefined;
    this.schedule();
  }

  #publish(): void {
    const nowMs = this.#options.clock.now();
    const moved = this.#publication.apply(this.#merge.endpoints, this.#merge.takeChanged(), nowMs);
    for (const key of moved) this.#moved.add(key);
    this.#arm(nowMs);
  }

  #arm(nowMs: number): void {
    const atMs = this.#publication.wakeAtMs;
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const fire = (): void => {
      this.#timer = undefined;
      // What is missing in the middle of a merge may be about to come: its end looks at the time, too.
      if (!this.#merge.busy) this.#onMerged();
    };
    const timer = this.#options.clock.setTimeout(fire, Math.max(0, atMs - nowMs));
    timer.unref();
    this.#timer = { atMs, cancel: () => timer.cancel() };
  }

  /** Whether the last good endpoints are too old to be used; looks again when they will be. */
  #expired(): boolean {
    const { facts, clock, maxStaleMs } = this.#options;
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const { state } = facts;
    if (state?.kind !== 'stale') return false;
    const leftMs = state.sinceMs + maxStaleMs - clock.now();
    if (leftMs <= 0) return true;
    if (!Number.isFinite(leftMs)) return false;
    this.#expiry = clock.setTimeout(() => this.schedule(), leftMs);
    this.#expiry.unref();
    return false;
  }

  #absence(endpoints: readonly Endpoint[]): Absence | undefined {
    if (endpoints.length > 0) return undefined;
    const selection = this.#selection;
    if (selection?.kind === 'absent') return selection.absence;
    return noSuchPod(this.target, [...this.#options.facts.slices.values()]);
  }

  #sortMoved(): void {
    if (this.#moved.size === 0) return;
    for (const key of this.#moved) {
      // Changed and changed back since the last set.
      const old = find(this.#sorted, key);
      const now = this.#publication.published.get(key);
      if (old === now) this.#moved.delete(key);
      else if (old !== undefined && now !== undefined && sameEndpoint(old, now)) {
        this.#publication.restore(old);
        this.#moved.delete(key);
      }
    }
    if (this.#moved.size > 0) this.#sorted = resort(this.#sorted, this.#moved, this.#publication.published);
    this.#moved = new Set();
  }

  /** Makes the next set when there is something new to say. */
  #renew(): void {
    const { facts, clock } = this.#options;
    const selection = this.#selection;
    const first = this.#fields === undefined;
    if (selection === undefined || !facts.synced) return;
    if (first && selection.kind === 'absent' && selection.provisional === true) return;
    this.#sortMoved();
    const expired = this.#expired();
    const endpoints = expired ? [] : this.#sorted;
    const absence = expired ? undefined : this.#absence(endpoints);
    const state = facts.state ?? { kind: 'live' };
    const ageMs = this.#ageMs;
    this.#ageMs = undefined;
    const old = this.#fields;
    const diff = diffSets(old ?? null, { endpoints });
    const same = diff.added.length + diff.removed.length + diff.changed.length === 0;
    if (old !== undefined && same && old.absence?.message === absence?.message) {
      if (!sameState(old.state, state)) this.#replace({ ...old, state });
      return;
    }
    const nowMs = clock.now();
    const reason = first ? 'first list' : expired ? 'stale for too long' : describeDiff(diff);
    this.#replace({
      target: this.target.text,
      source: 'kubernetes',
      endpoints,
      state,
      reason: same && !first ? (absence?.message ?? 'the Service is there again') : reason,
      changedAtMs: same && old !== undefined ? old.changedAtMs : nowMs,
      ...(ageMs === undefined ? {} : { ageMs }),
      ...(absence === undefined ? {} : { absence }),
      ...(hasUsableEndpoint(endpoints) ? {} : { unusableSinceMs: old?.unusableSinceMs ?? nowMs }),
    });
    this.#step = { before: old?.endpoints, diff };
    this.#log(diff);
  }

  #replace(fields: Omit<EndpointSet, 'version'>): void {
    this.#fields = fields;
    this.#set = createEndpointSet(fields);
  }

  #log(diff: EndpointDiff): void {
    this.#options.logger.debug('endpoints changed', {
      target: this.target.text,
      added: diff.added.length,
      removed: diff.removed.length,
      changed: diff.changed.length,
      total: this.#set?.endpoints.length,
      reason: this.#set?.reason,
    });
  }

  #emit(): void {
    if (this.#merge.busy) return;
    this.#renew();
    this.#audience.tell();
  }
}
