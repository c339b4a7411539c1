import { type ProxyEnv, proxyFor } from '@fairlead/client';
import { type Check, failed } from './report.js';

/** Checks that no proxy variable catches the target; nothing is said when none does. */
export function checkProxy(target: string, env: ProxyEnv): Check[] {
  const hit = proxyFor(target, env);
  if (!hit) return [];
  const text = `${hit.variable} is set: grpc-js sends the calls of ${hit.host} to that proxy and asks no resolver`;
  const fix = `set no_proxy=${hit.host} or the channel option 'grpc.enable_http_proxy': 0`;
  return [failed('proxy', text, fix)];
}
