import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterAccess, KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod } from './pod.js';

/** Where a container finds its ServiceAccount. */
export const ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the API answers to a TokenRequest, cut to what is read. */
interface TokenRequest extends KubeObject {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

export interface TokenOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly pod: Pod;
  /** Ends the renewal. */
  readonly signal: AbortSignal;
}

/** The kubelet's default life of a projected token: one hour and seven seconds. */
const LIFE_SECONDS = 3607;
/** A part of the life after which the kubelet asks for a new token. */
const RENEW_AT = 0.8;
/** Between two attempts to renew a token (ms); the old one still has a fifth of its life. */
const RETRY_MS = 10_000;

/**
 * Writes a token of the pod's ServiceAccount, bound to the pod, and renews it at 80 % of its life until the signal
 * aborts. Rejects when the first token cannot be had.
 */
export async function keepToken(
  path: string,
  source: { readonly audience?: string; readonly expirationSeconds?: number },
  options: TokenOptions,
): Promise<void> {
  const { clock, logger, pod, signal } = options;
  const write = async (): Promise<number> => {
    const { token, lifeMs } = await requestToken(source, options);
    writeAtomic(path, token);
    return lifeMs * RENEW_AT;
  };
  const renew = async (firstMs: number): Promise<void> => {
    for (let waitMs = firstMs; ; ) {
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      waitMs = await write().catch((error: unknown) => {
        logger.warn('ServiceAccount token not renewed', { pod: pod.metadata.name, error: String(error) });
        return RETRY_MS;
      });
    }
  };
  void renew(await write());
}

async function requestToken(
  source: { readonly audience?: string; readonly expirationSeconds?: number },
  { client, clock, pod, signal }: TokenOptions,
): Promise<{ token: string; lifeMs: number }> {
  const { name, namespace, uid } = pod.metadata;
  const expirationSeconds = source.expirationSeconds ?? LIFE_SECONDS;
  const answer = await client.create<TokenRequest>(
    { group: '', version: 'v1', resource: 'serviceaccounts' },
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: source.audience ? [source.audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
    { name: pod.spec.serviceAccountName ?? 'default', namespace, subresource: 'token', signal },
  );
  const token = answer.status?.token;
  if (!token) throw new Error('the API server answered a TokenRequest without a token');
  const until = Date.parse(answer.status?.expirationTimestamp ?? '');
  const lifeMs = Number.isNaN(until) ? expirationSeconds * 1000 : until - clock.now();
  return { token, lifeMs: Math.max(1000, lifeMs) };
}

/** Writes a file of mode 0600 so that a reader sees the old or the new content, never a part. */
export function writeAtomic(path: string, content: string | Buffer, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

/** A kubeconfig (JSON, which is YAML) for the pod's ServiceAccount; `folder` holds `token` and `ca.crt`. */
export function podKubeconfig(
  access: Pick<ClusterAccess, 'server' | 'tlsServerName' | 'insecure'>,
  folder: string,
  pod: Pod,
): string {
  const user = pod.spec.serviceAccountName ?? 'default';
  const cluster = {
    server: access.server,
    ...(access.tlsServerName ? { 'tls-server-name': access.tlsServerName } : {}),
    ...(access.insecure
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority': join(folder, 'ca.crt') }),
  };
  const context = { cluster: 'cluster', user, namespace: pod.metadata.namespace };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: user, user: { tokenFile: join(folder, 'token') } }],
    contexts: [{ name: 'pod', context }],
    'current-context': 'pod',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
