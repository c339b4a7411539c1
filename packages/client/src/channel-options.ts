import { parseConfig, show } from '@fairlead/balancing';
import { ClientError } from './errors.js';
import type { ChannelOptions, Interceptor } from './grpc.js';
import type { Policy } from './options.js';
import { checkedPolicy } from './service-config.js';
import { callKinds } from './streams/call-kinds.js';

/** Pings of a connection without answers for so long mean it is dead. */
export interface Keepalive {
  /** Time between pings while calls are open (ms). Default 20000. Servers of other languages may demand more. */
  readonly timeMs?: number;
  /** How long an answer may take (ms). Default 5000. */
  readonly timeoutMs?: number;
}

/** Retries of calls that failed with UNAVAILABLE (gRFC A6). */
export interface Retry {
  /** Attempts in all, the first one included: 2 to 5. Default 3. */
  readonly maxAttempts?: number;
  /** Longest delay before the first retry (ms), at most `maxBackoffMs`. Default 50. */
  readonly initialBackoffMs?: number;
  /** Longest delay before any retry (ms). Default 1000. */
  readonly maxBackoffMs?: number;
}

export interface ChannelOptionsInput {
  /** Policy of the channel. Default: that of register(). */
  readonly policy?: Policy;
  /** Repeats calls that failed with UNAVAILABLE, for all methods: only for methods that may run twice. Default off. */
  readonly retry?: boolean | Retry;
  /** Finds dead connections. Default on. */
  readonly keepalive?: boolean | Keepalive;
  /** The application's own client interceptors; they come after the one that tells streams from other calls. */
  readonly interceptors?: readonly Interceptor[];
}

/** Options of a client: those of its channel, and its interceptors. */
export interface BuiltOptions extends ChannelOptions {
  interceptors: Interceptor[];
}

const KEEPALIVE = { timeMs: 20_000, timeoutMs: 5_000 };
const RETRY = { maxAttempts: 3, initialBackoffMs: 50, maxBackoffMs: 1_000 };
/** gRFC A6: "maxAttempts … values greater than 5 are treated as 5". */
const MOST_ATTEMPTS = 5;

/** One array for all: a channel that is made without a client compares its options by `===` to share connections. */
const ALONE: Interceptor[] = [callKinds()];
const NAMES: readonly (keyof ChannelOptionsInput)[] = ['policy', 'retry', 'keepalive', 'interceptors'];

function checkNames(given: object, prefix: string, accepted: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !accepted.includes(name));
  if (unknown === undefined) return;
  throw new ClientError(
    'OPTION_INVALID',
    `channelOptions: ${prefix}${unknown} is unknown; accepted: ${accepted.join(', ')}`,
  );
}

/** What `true`, an object or nothing stands for; null for false. */
function readSwitch<T extends object>(value: unknown, name: 'retry' | 'keepalive', defaults: T): T | null {
  if (value === true) return defaults;
  if (value === false) return null;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ClientError(
      'OPTION_INVALID',
      `channelOptions: ${name}: got ${show(value)}, accepted: true, false or an object`,
    );
  }
  checkNames(value, `${name}.`, Object.keys(defaults));
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

interface Range {
  readonly least: number;
  readonly most?: number;
  /** The option that `most` is, if it is one. */
  readonly mostIs?: string;
}

function inRange(value: number, name: string, range: Range): number {
  const { least, most = Number.MAX_SAFE_INTEGER, mostIs } = range;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const limit = mostIs === undefined ? `${most}` : `${most}, which is ${mostIs}`;
  const accepted =
    range.most === undefined ? `an integer ≥ ${least}` : `an integer from ${least} to ${limit}`;
  throw new ClientError(
    'OPTION_INVALID',
    `channelOptions: ${name}: got ${show(value)}, accepted: ${accepted}`,
  );
}

function keepaliveOptions(keepalive: boolean | Keepalive): ChannelOptions {
  const times = readSwitch(keepalive, 'keepalive', KEEPALIVE);
  if (times === null) return {};
  const { timeMs, timeoutMs } = times;
  return {
    'grpc.keepalive_time_ms': inRange(timeMs, 'keepalive.timeMs', { least: 1 }),
    'grpc.keepalive_timeout_ms': inRange(timeoutMs, 'keepalive.timeoutMs', { least: 1 }),
  };
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

function retryOptions(retry: boolean | Retry): ChannelOptions {
  const chosen = readSwitch(retry, 'retry', RETRY);
  if (chosen === null) return {};
  const { maxAttempts, initialBackoffMs } = chosen;
  const maxBackoffMs = inRange(chosen.maxBackoffMs, 'retry.maxBackoffMs', { least: 1 });
  const initial = { least: 1, most: maxBackoffMs, mostIs: 'retry.maxBackoffMs' };
  const retryPolicy = {
    maxAttempts: inRange(maxAttempts, 'retry.maxAttempts', { least: 2, most: MOST_ATTEMPTS }),
    initialBackoff: seconds(inRange(initialBackoffMs, 'retry.initialBackoffMs', initial)),
    maxBackoff: seconds(maxBackoffMs),
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return { 'grpc.service_config': JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }) };
}

function allInterceptors(own: unknown): Interceptor[] {
  if (own === undefined) return ALONE;
  const isInterceptor = (each: unknown): each is Interceptor => typeof each === 'function';
  if (Array.isArray(own) && own.every(isInterceptor)) return [callKinds(), ...own];
  throw new ClientError(
    'OPTION_INVALID',
    `channelOptions: interceptors: got ${show(own)}, accepted: an array of functions`,
  );
}

/**
 * Builds channel options that are known to work together: keepalive 20 s / 5 s, no HTTP proxy (it would bypass every
 * resolver), streams that are known as such, and on request a policy and retries. Throws for values that grpc-js would take and misread.
 */
export function channelOptions(input: ChannelOptionsInput = {}): BuiltOptions {
  checkNames(input, '', NAMES);
  const { policy, retry = false, keepalive = true, interceptors } = input;
  const chosen =
    policy === undefined
      ? {}
      : {
          'fairlead.policy': JSON.stringify(
            checkedPolicy(policy, 'channelOptions: policy', { check: (config) => void parseConfig(config) }),
          ),
        };
  return {
    'grpc.enable_http_proxy': 0,
    ...keepaliveOptions(keepalive),
    ...retryOptions(retry),
    ...chosen,
    interceptors: allInterceptors(interceptors),
  };
}
