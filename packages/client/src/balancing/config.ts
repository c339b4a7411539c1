import { type PipelineConfig, parseConfig } from '@fairlead/balancing';
import { messageOf } from '../errors.js';
import type { TypedLoadBalancingConfig } from '../grpc.js';
import { POLICY_NAME } from '../service-config.js';

/** Parsed configs by the raw object: grpc-js parses the same service config at every address update. */
const parsed = new WeakMap<object, FairleadConfig>();

/**
 * The `fairlead` entry of a `loadBalancingConfig`. A config that does not parse is a value with an `error`, not an
 * exception: grpc-js would skip the entry and silently run pick_first.
 */
export class FairleadConfig implements TypedLoadBalancingConfig {
  readonly raw: object;
  /** Absent exactly when `error` is present. */
  readonly pipeline?: PipelineConfig;
  /** One line: path, value, what is accepted. */
  readonly error?: string;

  /** grpc-js also calls the constructor without arguments, for the default config. */
  constructor(raw: unknown = {}) {
    this.raw = typeof raw === 'object' && raw !== null ? raw : {};
    try {
      this.pipeline = parseConfig(raw);
    } catch (error) {
      this.error = messageOf(error);
    }
  }

  static createFromJson(raw: unknown): FairleadConfig {
    if (typeof raw !== 'object' || raw === null) return new FairleadConfig(raw);
    let config = parsed.get(raw);
    if (config === undefined) {
      config = new FairleadConfig(raw);
      parsed.set(raw, config);
    }
    return config;
  }

  getLoadBalancerName(): string {
    return POLICY_NAME;
  }

  toJsonObject(): object {
    return { [POLICY_NAME]: this.raw };
  }
}

/**
 * Takes a config as grpc-js hands it over. One made by another copy of this package, which registered its balancer
 * before ours replaced it, is read again; null is not ours at all.
 */
export function ownConfig(config: TypedLoadBalancingConfig): FairleadConfig | null {
  if (config instanceof FairleadConfig) return config;
  if (config.getLoadBalancerName() !== POLICY_NAME) return null;
  return FairleadConfig.createFromJson(Reflect.get(config.toJsonObject(), POLICY_NAME));
}
