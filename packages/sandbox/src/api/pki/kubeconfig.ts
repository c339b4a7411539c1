import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from './x509.js';

/** What a kubeconfig says. */
export interface KubeconfigOptions {
  /** `https://127.7.0.1:6443`. */
  readonly server: string;
  readonly caPem: string;
  readonly credentials: KubeconfigCredentials;
  /** Name of cluster, user and context. Default `fairlead-sandbox`. */
  readonly name?: string;
  /** The context's namespace. Default `default`. */
  readonly namespace?: string;
}

/** A token, a file that holds one (read again by clients as it is renewed), or a client certificate. */
export type KubeconfigCredentials =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly certificate: KeyPair };

/** The text of a kubeconfig with one context. */
export function kubeconfigText(options: KubeconfigOptions): string {
  const { server, caPem, credentials, name = 'fairlead-sandbox', namespace = 'default' } = options;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
      users: [{ name, user: userEntry(credentials) }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}

/** Writes a kubeconfig that only its owner may read; a reader sees the old file or the new one, never half of it. */
export function writeKubeconfig(path: string, options: KubeconfigOptions): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, kubeconfigText(options), { mode: 0o600 });
    // The mode above does not count when the file was there already.
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function userEntry(credentials: KubeconfigCredentials): Record<string, string> {
  if ('token' in credentials) return { token: credentials.token };
  if ('tokenFile' in credentials) return { tokenFile: credentials.tokenFile };
  return {
    'client-certificate-data': base64(credentials.certificate.certificatePem),
    'client-key-data': base64(credentials.certificate.keyPem),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
