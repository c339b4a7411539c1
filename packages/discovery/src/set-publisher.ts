import { Audience, type News, sameState } from './audience.js';
import type { Clock } from './clock.js';
import { type Endpoint, sameEndpoint } from './endpoint.js';
import {
  type Absence,
  createEndpointSet,
  describeDiff,
  diffSets,
  type EndpointSet,
  type EndpointSetState,
  hasUsableEndpoint,
  type SourceKind,
} from './endpoint-set.js';
import type { Logger } from './logger.js';
import type { EndpointObserver } from './source.js';

export interface SetPublisherOptions {
  /** Text of the target. */
  readonly target: string;
  readonly source: SourceKind;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The whole truth of one moment, as a source that looks for itself found it. */
export interface Truth {
  /** Sorted by key, each key once. */
  readonly endpoints: readonly Endpoint[];
  readonly state: EndpointSetState;
  /** Why there are no endpoints. */
  readonly absence?: Absence;
  /** What led to it. Default: `first answer`, then what differs. */
  readonly reason?: string;
}

type Fields = Omit<EndpointSet, 'version'>;

/** Makes the sets of one target from what its source finds, and tells observers what is new. */
export class SetPublisher {
  readonly #options: SetPublisherOptions;
  readonly #audience: Audience;
  #fields: Fields | undefined;
  #news: News = { set: null, state: undefined };

  constructor(options: SetPublisherOptions) {
    this.#options = options;
    this.#audience = new Audience(options.target, options.logger, () => this.#news);
  }

  get idle(): boolean {
    return this.#audience.empty;
  }

  /** Those of the last set; undefined before the first. */
  get endpoints(): readonly Endpoint[] | undefined {
    return this.#fields?.endpoints;
  }

  get state(): EndpointSetState | undefined {
    return this.#news.state;
  }

  join(observer: EndpointObserver): () => void {
    return this.#audience.join(observer);
  }

  /** The endpoints stay as they are (there may be none yet); what is known of their truth changed. */
  changeState(state: EndpointSetState): void {
    if (sameState(this.#news.state, state)) return;
    if (this.#fields === undefined) this.#news = { set: null, state };
    else this.#replace({ ...this.#fields, state }, this.#fields.endpoints);
    this.#audience.tell();
  }

  /** Takes over a truth. Returns whether the endpoints differ from those before. */
  publish({ endpoints: found, state, absence, reason }: Truth): boolean {
    const old = this.#fields;
    const endpoints = keepObjects(old?.endpoints ?? [], found);
    const diff = diffSets(old ?? null, { endpoints });
    const same = diff.added.length + diff.removed.length + diff.changed.length === 0;
    if (old !== undefined && same && old.absence?.message === absence?.message) {
      this.changeState(state);
      return false;
    }
    const { target, source, clock } = this.#options;
    const nowMs = clock.now();
    const fields: Fields = {
      target,
      source,
      endpoints,
      state,
      reason: reason ?? (old === undefined ? 'first answer' : (absence?.message ?? describeDiff(diff))),
      changedAtMs: same && old !== undefined ? old.changedAtMs : nowMs,
      ...(absence === undefined ? {} : { absence }),
      ...(hasUsableEndpoint(endpoints) ? {} : { unusableSinceMs: old?.unusableSinceMs ?? nowMs }),
    };
    this.#replace(fields, old?.endpoints);
    this.#audience.tell();
    return !same;
  }

  close(): void {
    this.#audience.clear();
  }

  #replace(fields: Fields, before: readonly Endpoint[] | undefined): void {
    this.#fields = fields;
    const diff = diffSets(before === undefined ? null : { endpoints: before }, fields);
    this.#news = { set: createEndpointSet(fields), state: fields.state, step: { before, diff } };
  }
}

/** Who holds an endpoint must not notice that it was read again: the same one stays the same object. */
function keepObjects(old: readonly Endpoint[], now: readonly Endpoint[]): readonly Endpoint[] {
  const byKey = new Map(old.map((endpoint) => [endpoint.key, endpoint]));
  const kept = now.map((endpoint) => {
    const before = byKey.get(endpoint.key);
    return before !== undefined && sameEndpoint(before, endpoint) ? before : endpoint;
  });
  const unchanged = kept.length === old.length && kept.every((endpoint, at) => endpoint === old[at]);
  return unchanged ? old : kept;
}
