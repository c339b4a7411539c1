import { show } from '@fairlead/balancing';
import { ClientError, messageOf } from '../errors.js';
import type { MethodConfig } from '../grpc.js';
import { checkedPolicy, type PolicyRegistry } from '../service-config.js';
import { readMethodConfig } from './method-config.js';

/** What others than the application say of a Service; what is absent is left to the next place. */
export interface Settings {
  /** A checked `fairlead` config. */
  readonly policy?: object;
  readonly methodConfig?: readonly MethodConfig[];
}

/** A policy from the first that has one, and a methodConfig from the first that has one. */
export function firstOf(all: readonly Settings[]): Settings {
  const policy = all.find((each) => each.policy !== undefined)?.policy;
  const methodConfig = all.find((each) => each.methodConfig !== undefined)?.methodConfig;
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(methodConfig === undefined ? {} : { methodConfig }),
  };
}

export type PolicyCheck = Pick<PolicyRegistry, 'check'>;
/** Reads the text of one place. Throws ClientError. */
export type Read = (text: string) => Settings;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('SERVICE_CONFIG_INVALID', `it is no JSON: ${messageOf(cause)}`, { cause });
  }
}

/** A policy: the name of a pick, or the `fairlead` config as JSON. */
export const readPolicy =
  (registry: PolicyCheck): Read =>
  (text) => ({ policy: checkedPolicy(text, 'policy', registry) });

/** A methodConfig as JSON. */
export const readMethods: Read = (text) => ({ methodConfig: readMethodConfig(parse(text), 'methodConfig') });

/** A value of a ConfigMap: an object with `policy` and `methodConfig`, or the name of a pick alone. */
export const readEntry =
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

/** What is wrong in these places now. */
export function problemsOf(places: Iterable<Place>): Problem[] {
  return Array.from(places, ({ problem }) => problem).filter((problem) => problem !== null);
}

/** One place where settings may stand. A bad value leaves those of the last good one; none at all is a good one. */
export class Place {
  readonly #name: string;
  readonly #read: Read;
  #text = '';
  #settings: Settings = {};
  #problem: Problem | null = null;

  constructor(name: string, read: Read) {
    this.#name = name;
    this.#read = read;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** What is wrong with the text of now; null: nothing. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Returns what is wrong with the text, or null. A text that is the same as before is not read again. */
  take(text = ''): Problem | null {
    const trimmed = text.trim();
    if (trimmed === this.#text) return null;
    this.#text = trimmed;
    this.#problem = null;
    try {
      this.#settings = trimmed === '' ? {} : this.#read(trimmed);
    } catch (error) {
      this.#problem = { place: this.#name, value: text, message: messageOf(error) };
    }
    return this.#problem;
  }
}
