import { Place, type PolicyCheck, type Problem, problemsOf, readEntry, type Settings } from './place.js';

/** Key for every Service. No Service can be called so. */
const EVERY_SERVICE = '_default';

export interface KeyedSettingsOptions {
  /** What the keys are of: `ConfigMap nspace/clients`, a path. */
  readonly name: string;
  readonly service: { readonly namespace: string; readonly service: string };
  /** As in a target, a Service without a namespace is one of this. */
  readonly namespace: string;
  readonly registry: PolicyCheck;
  /** Told of each bad value when it is read. */
  readonly onProblem: (problem: Problem) => void;
}

/** The settings of one Service from texts by key, as `data` of a ConfigMap has them. Pure. */
export class KeyedSettings {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #onProblem: (problem: Problem) => void;

  constructor(options: KeyedSettingsOptions) {
    const { name, service, namespace, registry, onProblem } = options;
    const own = namespace === service.namespace ? [service.service] : [];
    const keys = [`${service.service}.${service.namespace}`, ...own, EVERY_SERVICE];
    this.#places = new Map(keys.map((key) => [key, new Place(`${name}, key ${key}`, readEntry(registry))]));
    this.#onProblem = onProblem;
  }

  /** What holds now, strongest first. */
  get all(): readonly Settings[] {
    return [...this.#places.values()].map(({ settings }) => settings);
  }

  /** What of it is not accepted, as it stands now. */
  get problems(): readonly Problem[] {
    return problemsOf(this.#places.values());
  }

  /** Takes the texts as they are now. */
  take(texts: Readonly<Record<string, string>>): void {
    for (const [key, place] of this.#places) {
      const problem = place.take(Object.hasOwn(texts, key) ? texts[key] : '');
      if (problem !== null) this.#onProblem(problem);
    }
  }
}
