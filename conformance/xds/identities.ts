import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority, type KeyPair } from '@fairlead/sandbox/nodes';
import { type Cluster, NAMESPACE } from '../peers/cluster.js';

/** A certificate and its key, as files. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a client shows to a control plane whose certificate is of the authority in the file `ca`. */
export type Shown =
  | { readonly kind: 'nothing'; readonly ca: string }
  | ShownToken
  | { readonly kind: 'certificate'; readonly ca: string; readonly files: PairFiles };

/** A token in a file. */
export interface ShownToken {
  readonly kind: 'token';
  readonly ca: string;
  readonly file: string;
  /** The environment says that tokens are sent, which clients want to be told (gRFC A97). */
  readonly withVariable: boolean;
}

/** Who is who: files of an authority, and what accounts of the namespace show. */
export interface Identities {
  readonly ca: string;
  /** What the control plane serves with. */
  readonly server: PairFiles;
  readonly nothing: Shown;
  /** A token of an account, which the API server has signed. */
  token(account: string, audience?: string): Promise<ShownToken>;
  certificate(account: string): Shown;
  /** The same name, of an authority that the control plane does not know. */
  forged(account: string): Shown;
}

const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

/** As the API server calls an account. */
export const userOf = (account: string): string => `system:serviceaccount:${NAMESPACE}:${account}`;

/** A ServiceAccount, as YAML. */
export const accountManifest = (account: string): string => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${account}, namespace: ${NAMESPACE}}
---`;

/** The right that docs/xds.md says a client needs, as YAML. */
export const rightManifest = (account: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${account}, namespace: ${NAMESPACE}}
rules: [{apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${account}, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${account}}
subjects: [{kind: ServiceAccount, name: ${account}, namespace: ${NAMESPACE}}]
---`;

/** Makes an authority, and files in a folder of their own below `parent`. */
export function createIdentities({ api }: Pick<Cluster, 'api'>, parent: string): Identities {
  const folder = join(parent, 'identities');
  mkdirSync(folder, { recursive: true });
  const [authority, stranger] = [createCertificateAuthority(), createCertificateAuthority()];
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const writePair = (name: string, { certificatePem, keyPem }: KeyPair): PairFiles => ({
    certFile: write(`${name}.crt`, certificatePem),
    keyFile: write(`${name}.key`, keyPem),
  });
  const ca = write('ca.crt', authority.certificatePem);
  const person = (account: string) => ({ commonName: userOf(account), usage: 'client' as const });
  return {
    ca,
    server: writePair(
      'server',
      authority.issue({ commonName: 'xds', addresses: ['127.0.0.1'], usage: 'server' }),
    ),
    nothing: { kind: 'nothing', ca },
    async token(account, audience = 'fairlead') {
      const spec = { audiences: [audience] };
      const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec };
      const options = { namespace: NAMESPACE, name: account, subresource: 'token' };
      const { status } = await api.create(ACCOUNTS, request, options);
      const file = write(`${account}.${audience}.token`, (status as { token: string }).token);
      return { kind: 'token', ca, file, withVariable: true };
    },
    certificate: (account) => ({
      ...{ kind: 'certificate', ca },
      files: writePair(account, authority.issue(person(account))),
    }),
    forged: (account) => ({
      ...{ kind: 'certificate', ca },
      files: writePair(`${account}-forged`, stranger.issue(person(account))),
    }),
  };
}
