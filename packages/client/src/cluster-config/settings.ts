import { show } from '@fairlead/balancing';
import { ANNOTATION_PREFIX } from '@fairlead/discovery/kubernetes';
import { ClientError, messageOf } from '../errors.js';
import type { MethodConfig } from '../grpc.js';
import { checkedPolicy, type PolicyRegistry } from '../service-config.js';
import { readMethodConfig } from './method-config.js';

/** What the cluster says of a Service; what is absent is left to the next place. */
export interface Settings {
  /** A checked `fairlead` config. */
  readonly policy?: object;
  readonly methodConfig?: readonly MethodConfig[];
}

/** Annotation of a Service: the name of a pick, or the `fairlead` config as JSON. */
export const POLICY_ANNOTATION = `${ANNOTATION_PREFIX}policy`;
/** Annotation of a Service: `methodConfig` of a service config (gRFC A2) as JSON. */
export const METHOD_CONFIG_ANNOTATION = `${ANNOTATION_PREFIX}method-config`;
/** Key of a ConfigMap for every Service. No Service can be called so. */
const EVERY_SERVICE = '_default';

export type PolicyCheck = Pick<PolicyRegistry, 'check'>;
/** Reads the text of one place. Throws ClientError. */
type Read = (text: string) => Settings;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('SERVICE_CONFIG_INVALID', `it is no JSON: ${messageOf(cause)}`, { cause });
  }
}

const readPolicy =
  (registry: PolicyCheck): Read =>
  (text) => ({ policy: checkedPolicy(text, 'policy', registry) });

const readMethods: Read = (text) => ({ methodConfig: readMethodConfig(parse(text), 'methodConfig') });

/** A key of the ConfigMap: an object with `policy` and `methodConfig`, or the name of a pick alone. */
const readEntry =
  (registry: PolicyCheck): Read =>
  (text) => {
    if (!text.startsWith('{')) return readPolicy(registry)(text);
    const { policy, methodConfig, ...others } = parse(text) as Record<string, unknown>;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      const message = `unknown key ${show(unknown)}; accepted: policy, methodConfig`;
      throw new ClientError('SERVICE_CONFIG_INVALID', message);
    }
    return {
      ...(policy === undefined ? {} : { policy: checkedPolicy(policy, 'policy', registry) }),
      ...(methodConfig === undefined ? {} : { methodConfig: readMethodConfig(methodConfig, 'methodConfig') }),
    };
  };

/** A value that is not accepted. */
export interface Problem {
  /** Where it stands: `annotation fairlead.dev/policy`, `ConfigMap nspace/clients, key serv-ca`. */
  readonly place: string;
  readonly value: string;
  /** What is wrong with it and what is accepted, on one line. */
  readonly message: string;
}

/** One place where settings may stand. A bad value leaves those of the last good one; none at all is a good one. */
class Place {
  readonly #read: Read;
  #text = '';
  #settings: Settings = {};

  constructor(read: Read) {
    this.#read = read;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Returns what is wrong with the text, or null. A text that is the same as before is not read again. */
  take(text = ''): string | null {
    const trimmed = text.trim();
    if (trimmed === this.#text) return null;
    this.#text = trimmed;
    try {
      this.#settings = trimmed === '' ? {} : this.#read(trimmed);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }
}

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
  readonly #options: ServiceSettingsOptions;
  readonly #annotations: ReadonlyMap<string, Place>;
  readonly #keys: ReadonlyMap<string, Place>;
  readonly #unknown = new Set<string>();

  constructor(options: ServiceSettingsOptions) {
    const { registry, configMap, service } = options;
    this.#options = options;
    this.#annotations = new Map([
      [POLICY_ANNOTATION, new Place(readPolicy(registry))],
      [METHOD_CONFIG_ANNOTATION, new Place(readMethods)],
    ]);
    // As in a target, a name without a namespace means the ConfigMap's own.
    const own = configMap?.namespace === service.namespace ? [service.service] : [];
    const keys =
      configMap === undefined ? [] : [`${service.service}.${service.namespace}`, ...own, EVERY_SERVICE];
    this.#keys = new Map(keys.map((key) => [key, new Place(readEntry(registry))]));
  }

  /** What holds now. */
  get current(): Settings {
    const all = [...this.#annotations.values(), ...this.#keys.values()].map(({ settings }) => settings);
    const policy = all.find((each) => each.policy !== undefined)?.policy;
    const methodConfig = all.find((each) => each.methodConfig !== undefined)?.methodConfig;
    return {
      ...(policy === undefined ? {} : { policy }),
      ...(methodConfig === undefined ? {} : { methodConfig }),
    };
  }

  /** Takes the annotations of the Service as they are now. */
  takeAnnotations(annotations: Readonly<Record<string, string>>): void {
    for (const [name, place] of this.#annotations) this.#take(place, `annotation ${name}`, annotations[name]);
    for (const [name, value] of Object.entries(annotations)) {
      if (this.#annotations.has(name) || this.#unknown.has(name)) continue;
      this.#unknown.add(name);
      const accepted = [...this.#annotations.keys()].join(', ');
      this.#options.onProblem({
        place: `annotation ${name}`,
        value,
        message: `it is unknown; accepted: ${accepted}`,
      });
    }
  }

  /** Takes the data of the ConfigMap as they are now. */
  takeConfigMap(data: Readonly<Record<string, string>>): void {
    const { namespace, name } = this.#options.configMap ?? { namespace: '', name: '' };
    for (const [key, place] of this.#keys) {
      this.#take(place, `ConfigMap ${namespace}/${name}, key ${key}`, data[key]);
    }
  }

  #take(place: Place, where: string, text: string | undefined): void {
    const message = place.take(text);
    if (message !== null) this.#options.onProblem({ place: where, value: text ?? '', message });
  }
}
