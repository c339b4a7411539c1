import { ANNOTATION_PREFIX } from '@fairlead/discovery/kubernetes';
import { KeyedSettings } from './keyed-settings.js';
import {
  firstOf,
  Place,
  type PolicyCheck,
  type Problem,
  problemsOf,
  readMethods,
  readPolicy,
  type Settings,
} from './place.js';

/** Annotation of a Service: the name of a pick, or the `fairlead` config as JSON. */
export const POLICY_ANNOTATION = `${ANNOTATION_PREFIX}policy`;
/** Annotation of a Service: `methodConfig` of a service config (gRFC A2) as JSON. */
export const METHOD_CONFIG_ANNOTATION = `${ANNOTATION_PREFIX}method-config`;

export interface ServiceSettingsOptions {
  readonly service: { readonly namespace: string; readonly service: string };
  /** The ConfigMap that is looked at, too. */
  readonly configMap?: { readonly namespace: string; readonly name: string } | undefined;
  readonly registry: PolicyCheck;
  /** Told of each bad value when it is read. */
  readonly onProblem: (problem: Problem) => void;
}

/**
 * The settings of one Service from all places of the cluster, by part: a policy from the first place that has one,
 * and a methodConfig from the first that has one. Pure.
 */
export class ServiceSettings {
  readonly #onProblem: (problem: Problem) => void;
  readonly #annotations: ReadonlyMap<string, Place>;
  readonly #configMap: KeyedSettings | null;
  /** Unknown annotations that were reported, and those that stand there now. */
  readonly #reported = new Set<string>();
  #unknown: readonly Problem[] = [];

  constructor(options: ServiceSettingsOptions) {
    const { configMap, ...rest } = options;
    const { registry, onProblem } = options;
    const place = (name: string, read: ConstructorParameters<typeof Place>[1]): [string, Place] => [
      name,
      new Place(`annotation ${name}`, read),
    ];
    this.#onProblem = onProblem;
    this.#annotations = new Map([
      place(POLICY_ANNOTATION, readPolicy(registry)),
      place(METHOD_CONFIG_ANNOTATION, readMethods),
    ]);
    this.#configMap =
      configMap === undefined
        ? null
        : new KeyedSettings({
            ...rest,
            name: `ConfigMap ${configMap.namespace}/${configMap.name}`,
            namespace: configMap.namespace,
          });
  }

  /** What holds now. */
  get current(): Settings {
    const annotations = [...this.#annotations.values()].map(({ settings }) => settings);
    return firstOf([...annotations, ...(this.#configMap?.all ?? [])]);
  }

  /** What of it is not accepted, as it stands now. */
  get problems(): readonly Problem[] {
    return [
      ...problemsOf(this.#annotations.values()),
      ...this.#unknown,
      ...(this.#configMap?.problems ?? []),
    ];
  }

  /** Takes the annotations of the Service as they are now. */
  takeAnnotations(annotations: Readonly<Record<string, string>>): void {
    for (const [name, place] of this.#annotations) {
      const problem = place.take(annotations[name]);
      if (problem !== null) this.#onProblem(problem);
    }
    const names = Object.keys(annotations).filter((name) => !this.#annotations.has(name));
    const accepted = [...this.#annotations.keys()].join(', ');
    this.#unknown = names.map((name) => ({
      place: `annotation ${name}`,
      value: annotations[name] ?? '',
      message: `it is unknown; accepted: ${accepted}`,
    }));
    for (const problem of this.#unknown) {
      if (this.#reported.has(problem.place)) continue;
      this.#reported.add(problem.place);
      this.#onProblem(problem);
    }
  }

  /** Takes the data of the ConfigMap as they are now. */
  takeConfigMap(data: Readonly<Record<string, string>>): void {
    this.#configMap?.take(data);
  }
}
