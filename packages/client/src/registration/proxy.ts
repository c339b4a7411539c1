import { isIPv4 } from 'node:net';
import { SCHEMES } from '@fairlead/discovery';
import type { TroubleLog } from '../log.js';

/** The variables that grpc-js reads, in its order. */
const VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];
const EXCEPT_VARIABLES = ['no_grpc_proxy', 'no_proxy'];
/** Schemes with a resolver; grpc-js takes what stands before another colon for a part of the name. */
const KNOWN_SCHEMES = [...SCHEMES, 'dns', 'ipv4', 'ipv6', 'xds'];

/** Environment variables, as `process.env` has them. */
export type ProxyEnv = Readonly<Record<string, string | undefined>>;

/** A proxy variable that catches a target. */
export interface ProxyHit {
  readonly variable: string;
  /** What must stand in `no_proxy`, so that it does not. */
  readonly host: string;
}

const first = (env: ProxyEnv, names: readonly string[]): string | undefined =>
  names.find((name) => env[name]);

/** The host that grpc-js reads in a target; undefined: none, and then no proxy is used (a port name, a socket file). */
function hostOf(target: string): string | undefined {
  const [, scheme = '', afterScheme = ''] = /^([A-Za-z0-9+.-]+):(.*)$/s.exec(target) ?? [];
  if (scheme === 'unix') return undefined;
  const path = KNOWN_SCHEMES.includes(scheme) ? afterScheme.replace(/^\/\/[^/]*\//, '') : target;
  const bracketed = /^\[([^\]]*:[^\]]*)\](?::\d+)?$/.exec(path);
  if (bracketed) return bracketed[1];
  const [host, port, ...more] = path.split(':');
  // More than one colon: an IPv6 address without a port.
  if (more.length > 0) return path;
  return port === undefined || /^\d+$/.test(port) ? host : undefined;
}

const asNumber = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

function inRange(host: string, entry: string): boolean {
  const [ip = '', length = ''] = entry.split('/');
  if (!isIPv4(host) || !isIPv4(ip) || !/^\d+$/.test(length) || Number(length) > 32) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(asNumber(host) / size) === Math.floor(asNumber(ip) / size);
}

/**
 * Says which variable makes grpc-js send the calls of a target to a proxy: it then asks no resolver. Undefined: none
 * does. grpc-js knows proxies of the scheme http only, and takes each entry of `no_proxy` for the end of a name.
 */
export function proxyFor(target: string, env: ProxyEnv): ProxyHit | undefined {
  const variable = first(env, VARIABLES);
  const host = hostOf(target);
  if (variable === undefined || host === undefined || !/^http:\/\//i.test(env[variable] ?? ''))
    return undefined;
  const exceptions = env[first(env, EXCEPT_VARIABLES) ?? '']?.split(',') ?? [];
  const excepted = exceptions.some((entry) => host.endsWith(entry) || inRange(host, entry));
  return excepted ? undefined : { variable, host };
}

/**
 * Notices that a proxy variable swallowed a target: grpc-js then dials the proxy by DNS and never makes our resolver,
 * and calls fail with "No connection established". It asks for the authority of a target first in any case.
 */
export class ProxyCheck {
  private readonly log: TroubleLog;
  private readonly env: ProxyEnv;
  private readonly pending = new Set<string>();
  /** Targets that have had a resolver: grpc-js also asks for the authority at each new connection. */
  private readonly resolved = new Set<string>();

  constructor(log: TroubleLog, env: ProxyEnv) {
    this.log = log;
    this.env = env;
  }

  /** The authority of a target was asked for: its resolver must follow in the same tick. */
  expect(target: string): void {
    if (this.resolved.has(target)) return;
    const hit = proxyFor(target, this.env);
    if (hit === undefined || this.pending.has(target)) return;
    this.pending.add(target);
    queueMicrotask(() => {
      if (!this.pending.delete(target)) return;
      this.log.once(
        'proxy',
        `${hit.variable} sends the target through a proxy, past every resolver: set the channel option 'grpc.enable_http_proxy': 0, or put the Service's name into no_proxy`,
        { target },
      );
    });
  }

  /** The resolver of a target was made. */
  reached(target: string): void {
    this.resolved.add(target);
    this.pending.delete(target);
  }
}
