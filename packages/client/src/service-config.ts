import { STANDARD_NAMES, show, standardConfig } from '@fairlead/balancing';
import { ClientError, messageOf } from './errors.js';
import type { LoadBalancingConfig, MethodConfig, ServiceConfig } from './grpc.js';

/** The name of our balancer in `loadBalancingConfig`. */
export const POLICY_NAME = 'fairlead';

/** What a channel brings to the choice of its policy, strongest first. */
export interface ServiceConfigInput {
  /** Channel option `fairlead.policy`: a pick's name or the `fairlead` config as JSON. */
  readonly channelPolicy?: unknown;
  /** Channel option `grpc.service_config`. */
  readonly serviceConfig?: string;
  /** `policy` of register(). */
  readonly registerPolicy?: string | object;
  /** What the cluster or a file says, for the parts that the user says nothing about; it has been checked. */
  readonly cluster?: { readonly policy?: object; readonly methodConfig?: readonly MethodConfig[] };
}

/** What the choice asks of the balancer's parser and of the copy of grpc-js. */
export interface PolicyRegistry {
  /** Throws with path and accepted values when a `fairlead` config does not parse. */
  check(config: unknown): void;
  isRegistered(name: string): boolean;
  /** Throws when grpc-js cannot read the entry of a registered policy: it would silently run pick_first. */
  parse(entry: LoadBalancingConfig): void;
  /** Reads a gRPC duration such as `1.5s`; null when it is none. */
  parseDuration(text: string): { seconds: number; nanos: number } | null;
}

/** The complete service config of one channel. */
export interface ServiceConfigChoice {
  readonly config: ServiceConfig;
  /** True when our balancer runs; false for a policy of grpc-js that is passed through. */
  readonly ours: boolean;
  /** Name of the policy that runs, in gRPC's spelling. */
  readonly policy: string;
  /** What the user should know although the channel works. */
  readonly warning?: string;
}

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An entry of a `loadBalancingConfig` under a name of gRPC's, or the `fairlead` config itself. */
function objectToConfig(policy: Json): object {
  const [name = '', ...more] = Object.keys(policy);
  return (more.length === 0 ? standardConfig(name, policy[name]) : null) ?? policy;
}

/** The `fairlead` config that a policy given by name, as JSON or as an object stands for. */
function policyToConfig(policy: unknown, option: string): object {
  if (isJson(policy)) return objectToConfig(policy);
  if (typeof policy !== 'string' || policy.trim() === '') {
    throw new ClientError(
      'OPTION_INVALID',
      `${option}: got ${show(policy)}, accepted: the name of a pick such as "leastRequest", or the fairlead config as JSON`,
    );
  }
  const text = policy.trim();
  if (!text.startsWith('{')) return standardConfig(text, {}) ?? { pick: { [text]: {} } };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ClientError('OPTION_INVALID', `${option} is no JSON: ${messageOf(cause)}`, { cause });
  }
  if (isJson(parsed)) return objectToConfig(parsed);
  throw new ClientError('OPTION_INVALID', `${option}: ${text} is no JSON object`);
}

/** The checked config of a policy option. */
export function checkedPolicy(
  policy: unknown,
  option: string,
  registry: Pick<PolicyRegistry, 'check'>,
): object {
  try {
    const config = policyToConfig(policy, option);
    registry.check(config);
    return config;
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError('OPTION_INVALID', `${option}: ${messageOf(cause)}`, { cause });
  }
}

const ours = (config: object): Omit<ServiceConfigChoice, 'config'> & { entry: LoadBalancingConfig } => ({
  entry: { [POLICY_NAME]: config },
  ours: true,
  policy: POLICY_NAME,
});

type Chosen = ReturnType<typeof ours>;

/** Runs `read`; what it throws is said of the service config. */
function ofServiceConfig<T>(read: () => T, place = ''): T {
  try {
    return read();
  } catch (cause) {
    const message = `service config: loadBalancingConfig.${place}${messageOf(cause)}`;
    throw new ClientError('SERVICE_CONFIG_INVALID', message, { cause });
  }
}

/** Null: the entry names a policy that neither we nor this grpc-js have; gRPC skips such entries. */
function chooseEntry(name: string, config: unknown, registry: PolicyRegistry): Chosen | null {
  if (name === POLICY_NAME) {
    ofServiceConfig(() => registry.check(config), `${POLICY_NAME}: `);
    return ours(isJson(config) ? config : {});
  }
  const mapped = ofServiceConfig(() => standardConfig(name, config, registry.isRegistered));
  if (mapped !== null) {
    ofServiceConfig(() => registry.check(mapped), `${name}: `);
    return ours(mapped);
  }
  if (!registry.isRegistered(name)) return null;
  const entry = { [name]: isJson(config) ? config : {} };
  ofServiceConfig(() => registry.parse(entry));
  return {
    entry,
    ours: false,
    policy: name,
    warning: `the service config asks for "${name}": grpc-js's own policy runs, without what ${POLICY_NAME} does for a target`,
  };
}

const ACCEPTED_NAMES = [POLICY_NAME, ...STANDARD_NAMES].join(', ');

function chooseFromList(list: readonly unknown[], registry: PolicyRegistry): Chosen {
  const seen: string[] = [];
  for (const entry of list) {
    const [name] = isJson(entry) ? Object.keys(entry) : [];
    if (name === undefined || !isJson(entry)) continue;
    const chosen = chooseEntry(name, entry[name], registry);
    if (chosen !== null) return chosen;
    seen.push(show(name));
  }
  throw new ClientError(
    'SERVICE_CONFIG_INVALID',
    `service config: loadBalancingConfig names only unknown policies: ${seen.join(', ')}; accepted: ${ACCEPTED_NAMES}`,
  );
}

function chooseFromUser(user: Json, registry: PolicyRegistry): Chosen | null {
  const { loadBalancingConfig: list, loadBalancingPolicy: old } = user;
  if (Array.isArray(list) && list.length > 0) return chooseFromList(list, registry);
  if (typeof old !== 'string' || old === '') return null;
  // The old field holds an enum name in many written configs (ROUND_ROBIN); policies are lower case.
  const chosen = chooseEntry(old === POLICY_NAME ? old : old.toLowerCase(), {}, registry);
  if (chosen !== null) return chosen;
  throw new ClientError(
    'SERVICE_CONFIG_INVALID',
    `service config: loadBalancingPolicy ${show(old)} is unknown; accepted: ${ACCEPTED_NAMES}`,
  );
}

/**
 * grpc-js reads `timeout` as `{seconds, nanos}`, and converts the JSON form only in its own default config, which a
 * resolver's config replaces. Its conversion also reads `1.5s` as 1 s and 5 ns.
 */
function methodConfigs(value: unknown, registry: PolicyRegistry): MethodConfig[] {
  if (!Array.isArray(value)) return [];
  return value.map((method: MethodConfig & { timeout?: unknown }) => {
    if (typeof method.timeout !== 'string') return method;
    const timeout = registry.parseDuration(method.timeout);
    return timeout === null ? method : { ...method, timeout };
  });
}

/** The user's config as an object. grpc-js has parsed and checked the same text before any resolver is made. */
function readUserConfig(text: string | undefined): Json {
  if (text === undefined || text === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ClientError('SERVICE_CONFIG_INVALID', `service config is no JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (isJson(parsed)) return parsed;
  throw new ClientError('SERVICE_CONFIG_INVALID', 'service config is no JSON object');
}

/**
 * Completes the service config of a channel: the user's methodConfig and the rest stay, the policy is decided by
 * channel option, service config, register(), the cluster and default, in this order. Throws when nothing that is asked for can
 * run, because grpc-js would silently run pick_first instead.
 */
export function chooseServiceConfig(
  input: ServiceConfigInput,
  registry: PolicyRegistry,
): ServiceConfigChoice {
  const user = readUserConfig(input.serviceConfig);
  const chosen =
    input.channelPolicy !== undefined
      ? ours(checkedPolicy(input.channelPolicy, 'channel option fairlead.policy', registry))
      : (chooseFromUser(user, registry) ??
        ours(
          input.registerPolicy === undefined
            ? (input.cluster?.policy ?? {})
            : checkedPolicy(input.registerPolicy, 'register option policy', registry),
        ));
  const { loadBalancingPolicy: _replaced, ...rest } = user;
  const { entry, ...choice } = chosen;
  const own = user.methodConfig;
  const hasOwn = Array.isArray(own) && own.length > 0;
  return {
    ...choice,
    config: {
      ...rest,
      loadBalancingConfig: [entry],
      methodConfig: methodConfigs(hasOwn ? own : input.cluster?.methodConfig, registry),
    },
  };
}
