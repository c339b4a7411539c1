import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import type { ClusterAccess } from './access.js';
import { createFileValue } from './file-value.js';

/** The kubelet renews a bound token well before its end; once a minute is what client-go reads, too. */
export const TOKEN_FRESH_MS = 60_000;
/** Certificates are small and asked for once per request: one read a second at most. */
export const CERTIFICATE_FRESH_MS = 1_000;

export interface InClusterOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the mounted service account. */
  readonly dir: string;
  readonly clock: Clock;
}

/** `ns:account` of a service account's token, as its `sub` claim says; undefined when it cannot be read. */
export function accountOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const sub = typeof claims === 'object' && claims !== null && 'sub' in claims ? String(claims.sub) : '';
    return /^system:serviceaccount:([^:]+:[^:]+)$/.exec(sub)?.[1];
  } catch {
    return undefined;
  }
}

/** The access of a pod's own service account, or the reason (a string) why there is none. */
export function inClusterAccess({ env, dir, clock }: InClusterOptions): ClusterAccess | string {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT_HTTPS || env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) return 'in-cluster (KUBERNETES_SERVICE_HOST is not set)';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(server)) {
    throw new DiscoveryError(
      'ACCESS_INVALID',
      `in-cluster: KUBERNETES_SERVICE_HOST and _PORT make no URL: ${server}`,
    );
  }
  const path = join(dir, 'token');
  if (!existsSync(path)) return `in-cluster (${path} does not exist: automountServiceAccountToken is false?)`;

  const token = createFileValue({ path, what: 'token file', clock, freshMs: TOKEN_FRESH_MS });
  const caPath = join(dir, 'ca.crt');
  const ca = existsSync(caPath)
    ? createFileValue({ path: caPath, what: 'CA file', clock, freshMs: CERTIFICATE_FRESH_MS })
    : undefined;
  const namespacePath = join(dir, 'namespace');
  const namespace = existsSync(namespacePath)
    ? createFileValue({ path: namespacePath, what: 'namespace file', clock, freshMs: 0 }).read()
    : 'default';
  return {
    server,
    namespace,
    insecure: false,
    origin: `in-cluster token file ${path}`,
    user: accountOf(token.read()) ?? `${namespace}:unknown`,
    ca: () => ca?.read(),
    credentials: async () => ({ token: token.read() }),
    invalidate: () => token.forget(),
  };
}
