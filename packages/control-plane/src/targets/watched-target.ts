import type {
  Clock,
  EndpointObserver,
  EndpointSet,
  EndpointSetState,
  EndpointSource,
  Logger,
  Target,
  Timer,
  Watch,
} from '@fairlead/discovery';
import type { ResourceType } from '../resource-type.js';
import type { Interest, Snapshot } from '../snapshot/snapshot.js';
import {
  type Translated,
  translateEndpoints,
  translateListener,
  translateTarget,
} from '../translate/translate.js';

export interface WatchedTargetOptions {
  readonly source: Pick<EndpointSource, 'watch'>;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Changes of one target that come within so long of the last are taken in together (ms). */
  readonly mergeMs: number;
  readonly target: Target;
  /** What its route, cluster and endpoints are called. */
  readonly name: string;
}

/** Those that do not depend on how a client wrote the target. */
const CANONICAL: readonly ResourceType[] = ['route', 'cluster', 'endpoints'];

/** Lines about what is wrong with one target, in one log entry. */
const MOST_PROBLEMS = 5;

/**
 * One target: watched, translated, put into the snapshot. Until it is known to exist it has no resources; from then on it
 * keeps them, and a Service that is deleted has no endpoints.
 */
export class WatchedTarget implements EndpointObserver {
  readonly #options: WatchedTargetOptions;
  readonly #listeners = new Set<string>();
  readonly #watch: Watch;
  #exists = false;
  /** It is known whether it exists. */
  #settled = false;
  /** Not taken in yet. */
  #next: EndpointSet | undefined;
  /** When the first change happened that is not taken in yet (epoch ms). */
  #changedAtMs: number | undefined;
  #window: Timer | undefined;
  #toldProblems = '';
  #closed = false;

  constructor(options: WatchedTargetOptions) {
    this.#options = options;
    this.#watch = options.source.watch(options.target, this, { ref: false });
  }

  /** A client dials it by this name. */
  addListener(name: string): void {
    if (this.#listeners.has(name)) return;
    this.#listeners.add(name);
    if (this.#exists) this.#options.snapshot.update(this.#translateListener(name));
    else if (this.#settled) this.#options.snapshot.settleAbsent([{ type: 'listener', name }]);
  }

  onSet(set: EndpointSet): void {
    this.#next = set;
    this.#changedAtMs ??= set.changedAtMs;
    if (this.#window === undefined) this.#takeIn();
  }

  /** Without the right to look it cannot be said that a target exists, and waiting does not help. */
  onState(state: EndpointSetState): void {
    if (state.kind === 'unknown' && state.cause.code === 'FORBIDDEN') this.#settleAbsent();
  }

  /** Ends the watch and takes what it made out of the snapshot. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#window?.cancel();
    this.#watch.close();
    this.#options.snapshot.forget(this.#interests());
  }

  #interests(): Interest[] {
    const { name } = this.#options;
    return [
      ...[...this.#listeners].map((listener) => ({ type: 'listener', name: listener }) as const),
      ...CANONICAL.map((type) => ({ type, name })),
    ];
  }

  /** The first change at once; what follows within the window when it is over. */
  #takeIn(): void {
    const set = this.#next;
    if (set === undefined || this.#closed) return;
    const changedAtMs = this.#changedAtMs;
    this.#next = undefined;
    this.#changedAtMs = undefined;
    this.#window = this.#options.clock.setTimeout(() => {
      this.#window = undefined;
      this.#takeIn();
    }, this.#options.mergeMs);
    this.#window.unref();
    if (set.absence !== undefined && !this.#exists) this.#settleAbsent();
    else this.#translate(set, changedAtMs);
  }

  #settleAbsent(): void {
    if (this.#exists) return;
    this.#settled = true;
    this.#options.snapshot.settleAbsent(this.#interests());
  }

  #translate(set: EndpointSet, changedAtMs: number | undefined): void {
    const { name, snapshot } = this.#options;
    const { resources, problems } = translateEndpoints(name, set);
    this.#tell(problems);
    if (this.#exists) {
      snapshot.update(resources, changedAtMs);
      return;
    }
    this.#exists = true;
    this.#settled = true;
    // Without a time: what a client waits for did not change, it was read.
    snapshot.update([...this.#translateConfig(), ...resources]);
  }

  #translateConfig(): Translated[] {
    const { name } = this.#options;
    const { resources, problems } = translateTarget(name);
    this.#tell(problems);
    return [...resources, ...[...this.#listeners].flatMap((listener) => this.#translateListener(listener))];
  }

  #translateListener(listener: string): readonly Translated[] {
    const { resources, problems } = translateListener(listener, this.#options.name);
    this.#tell(problems);
    return resources;
  }

  /** Once for the same trouble: it comes back with every change. */
  #tell(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const text = problems.slice(0, MOST_PROBLEMS).join('; ');
    if (text === this.#toldProblems) return;
    this.#toldProblems = text;
    this.#options.logger.warn('what no client would accept is left out', {
      target: this.#options.name,
      count: problems.length,
      problems: text,
    });
  }
}
