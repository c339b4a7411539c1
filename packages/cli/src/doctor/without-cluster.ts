import {
  type AnyTarget,
  DiscoveryError,
  resolveEndpoints,
  type Target,
  usableEndpoints,
} from '@fairlead/discovery';
import { explainSet } from '../output/explain.js';
import { checkConnections } from './connections.js';
import { type Check, failed, passed } from './report.js';

/** How long a source is waited for (ms): two DNS servers that do not answer take four seconds. */
const ANSWER_MS = 6_000;

/** What each source asks for when it has nothing. */
const FIXES: Readonly<Record<AnyTarget['kind'], string>> = {
  kubernetes: 'see the checks above',
  dns: 'check the name and the servers: dig NAME @SERVER; a headless Service has a name only while one of its pods is ready',
  static: 'write other addresses into the target',
  file: 'docs/targets.md has the format of the file',
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Examines a target that DNS, a file or its own text answers for. */
export async function examineWithoutCluster({ kind, target }: AnyTarget): Promise<Check[]> {
  try {
    const set = await resolveEndpoints(target.text, { timeoutMs: ANSWER_MS });
    const usable = usableEndpoints(set);
    if (usable.length === 0) return [failed(kind, explainSet(set), FIXES[kind])];
    const found = set.endpoints[0]?.slice;
    const count = usable.length === 1 ? '1 endpoint' : `${usable.length} endpoints`;
    const text = `${count} from ${kind === 'static' ? 'the target itself' : found}`;
    const connections = await checkConnections({ endpoints: usable, namespace: 'NAMESPACE', declared: '' });
    return [passed(kind, text), ...connections];
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    return [failed(kind, error.message, FIXES[kind])];
  }
}

/** Only the addresses are counted, and one pod has no names of ports in DNS. */
const ANY_PORT = 1;

function nameInDns({ hostname, service, namespace, port }: Target): string {
  const name = `${service}.${namespace}.svc.cluster.local.`;
  if (hostname !== undefined) return `headless:///${hostname}.${name}:${ANY_PORT}`;
  const shown = port.kind === 'number' ? port.number : port.kind === 'name' ? port.name : 'grpc';
  return `headless:///${name}:${shown}`;
}

/** Says what a client with `register({ fallback: 'dns' })` would do while the API server cannot be asked. */
export async function examineFallback(target: Target): Promise<Check> {
  try {
    const { endpoints, absence } = await resolveEndpoints(nameInDns(target), { timeoutMs: ANSWER_MS });
    const known = `DNS has ${endpoints.length} addresses: register({ fallback: 'dns' }) would use them meanwhile`;
    return passed('fallback', endpoints.length > 0 ? known : `DNS would not help: ${absence?.message}`);
  } catch (error) {
    return passed('fallback', `DNS would not help: ${messageOf(error)}`);
  }
}
