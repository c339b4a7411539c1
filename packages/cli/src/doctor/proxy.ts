import { type Check, failed } from './report.js';

/** A proxy variable that grpc-js would use for a target. */
export interface ProxyHit {
  readonly variable: string;
  readonly host: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The variables that grpc-js reads, in its order. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];
const EXCEPT_VARIABLES = ['no_grpc_proxy', 'no_proxy'];

const first = (env: Env, names: readonly string[]): [string, string] | undefined => {
  for (const name of names) {
    const value = env[name];
    if (value) return [name, value];
  }
  return undefined;
};

/**
 * Says which variable makes grpc-js send the calls of `host` (the name in the target, without port) to a proxy: it
 * then never asks a resolver. Undefined: none does.
 */
export function proxyFor(host: string, env: Env): ProxyHit | undefined {
  const hit = first(env, PROXY_VARIABLES);
  if (!hit) return undefined;
  const exceptions = (first(env, EXCEPT_VARIABLES)?.[1] ?? '').split(',').map((entry) => entry.trim());
  // grpc-js matches a whole name, or a suffix when the entry starts with a dot.
  const excepted = exceptions.some((entry) => entry !== '' && (entry === host || host.endsWith(entry)));
  return excepted ? undefined : { variable: hit[0], host };
}

/** Checks that no proxy variable catches the target; nothing is said when none is set. */
export function checkProxy(target: string, env: Env): Check[] {
  const host = target.replace(/^[a-z0-9+.-]+:\/*/i, '').replace(/:[^:]*$/, '');
  const hit = proxyFor(host, env);
  if (!hit) return [];
  const text = `${hit.variable} is set: grpc-js sends the calls of ${host} to that proxy and asks no resolver`;
  const fix = `set no_proxy=${host} or the channel option 'grpc.enable_http_proxy': 0`;
  return [failed('proxy', text, fix)];
}
