import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority, type KeyPair, type NodeOptions } from '@fairlead/sandbox/nodes';
import { API_PORT, CONTROL_PLANE, KUBERNETES_SERVICE, nodeHost, nodePods } from './addresses.js';

/** Files of the cluster's keys, as flags of its programs want them. */
export interface Credentials {
  readonly server: string;
  readonly caPem: string;
  readonly caFile: string;
  readonly adminToken: string;
  readonly tokensFile: string;
  readonly serving: { readonly cert: string; readonly key: string };
  readonly kubelet: { readonly cert: string; readonly key: string };
  readonly serviceAccounts: { readonly publicKey: string; readonly privateKey: string };
  /** An administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Everything that makes this process node number `node` (from 1). */
  node(name: string, zone: string, node: number): NodeOptions;
}

/** The user in a kubeconfig. */
type User = { readonly token: string } | { readonly certificate: KeyPair };

/** Makes an authority of its own and every key of one cluster in `folder`. */
export function createCredentials(folder: string): Credentials {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = createCertificateAuthority({ commonName: 'kubernetes' });
  const server = `https://${CONTROL_PLANE}:${API_PORT}`;
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const writePair = (name: string, { certificatePem, keyPem }: KeyPair) => ({
    cert: write(`${name}.crt`, certificatePem),
    key: write(`${name}.key`, keyPem),
  });
  const kubeconfig = (name: string, user: User): string =>
    write(`${name}.kubeconfig`, kubeconfigText({ server, caPem: ca.certificatePem, user }));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const adminToken = randomBytes(32).toString('base64url');
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const kubelet = { commonName: 'kube-apiserver', organizations: ['system:masters'] };
  return {
    server,
    adminToken,
    caPem: ca.certificatePem,
    caFile: write('ca.crt', ca.certificatePem),
    tokensFile: write('tokens.csv', `${adminToken},admin,,"system:masters"\n`),
    serving: writePair(
      'apiserver',
      ca.issue({
        commonName: 'kube-apiserver',
        dnsNames: names,
        addresses: [CONTROL_PLANE, KUBERNETES_SERVICE],
        usage: 'server',
      }),
    ),
    kubelet: writePair('kubelet-client', ca.issue({ ...kubelet, usage: 'client' })),
    serviceAccounts: {
      publicKey: write('sa.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString()),
      privateKey: write('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    },
    kubeconfig: kubeconfig('admin', { token: adminToken }),
    node(name, zone, node) {
      const commonName = `system:node:${name}`;
      const client = ca.issue({ commonName, organizations: ['system:nodes'], usage: 'client' });
      const serving = ca.issue({ commonName, addresses: [nodeHost(node)], usage: 'server' });
      return {
        name,
        zone,
        kubeconfig: kubeconfig(`node-${name}`, { certificate: client }),
        podRange: nodePods(node),
        serving: {
          cert: serving.certificatePem,
          key: serving.keyPem,
          clientCa: ca.certificatePem,
          host: nodeHost(node),
        },
      };
    },
  };
}

/** A kubeconfig in YAML. The token stands on a line of its own, so that tests can put another in its place. */
function kubeconfigText({ server, caPem, user }: { server: string; caPem: string; user: User }): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const entry =
    'token' in user
      ? `      token: ${user.token}`
      : `      client-certificate-data: ${base64(user.certificate.certificatePem)}
      client-key-data: ${base64(user.certificate.keyPem)}`;
  return `apiVersion: v1
kind: Config
clusters:
  - name: conformance
    cluster:
      server: ${server}
      certificate-authority-data: ${base64(caPem)}
users:
  - name: user
    user:
${entry}
contexts:
  - name: conformance
    context: {cluster: conformance, user: user, namespace: default}
current-context: conformance
`;
}
