import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createControlPlane } from '@fairlead/control-plane';
import { createKubeClient, type KubeObject, loadAccess } from '@fairlead/discovery/kubernetes';
import type { TestCluster } from '@fairlead/sandbox/testing';
import { createReviews } from '#control-plane/security/reviews.js';
import { parseManifest } from '#sandbox/manifest/parse.js';
import type { PartContext } from '../part.js';
import type { ControlPlane } from './control-plane.js';

const FILES = ['namespace', 'rbac', 'service', 'deployment', 'disruption-budget'];
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const NETWORK_POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };
const SYNC_MS = 30_000;

/** A client's account and the only right that it needs. */
const CLIENT = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: app, namespace: shop}
rules: [{apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: app, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: app}
subjects: [{kind: ServiceAccount, name: app, namespace: shop}]
`;

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../../deploy/xds/${file}.yaml`, import.meta.url), 'utf8');

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function tokenOf(
  plane: ControlPlane,
  [namespace, name]: string[],
  audiences: string[],
): Promise<string> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { audiences },
  };
  const where = { namespace: namespace ?? '', name: name ?? '', subresource: 'token' };
  const { status } = await plane.client.create<KubeObject>(ACCOUNTS, request, where);
  return (status as { readonly token: string }).token;
}

/** A kubeconfig of the control plane's account, beside the administrator's. */
async function ownKubeconfig(plane: ControlPlane): Promise<string> {
  const { kubeconfig } = plane.credentials;
  const token = await tokenOf(plane, ['fairlead', 'fairlead-xds'], []);
  const file = join(dirname(kubeconfig), 'fairlead-xds.kubeconfig');
  const admin = await readFile(kubeconfig, 'utf8');
  await writeFile(file, admin.replace(/^( +)token: .*$/m, `$1token: ${token}`), { mode: 0o600 });
  return file;
}

/** Of a kind that the sandbox does not serve, so that its manifests have no name for it. */
async function createPolicy({ client }: ControlPlane): Promise<void> {
  for (const policy of parseManifest(await read('network-policy'))) {
    const { namespace = '' } = policy.metadata;
    await client.create(NETWORK_POLICIES, { ...policy, metadata: { ...policy.metadata } }, { namespace });
  }
}

async function sync(kubeconfig: string): Promise<string> {
  const controlPlane = createControlPlane({ kubeconfig, port: 0 });
  const late = new Promise<string>((resolve) => setTimeout(resolve, SYNC_MS, 'not read').unref());
  try {
    await controlPlane.start();
    return await Promise.race([controlPlane.synced().then(() => 'read'), late]);
  } finally {
    await controlPlane.close();
  }
}

/** Whether Kubernetes takes deploy/xds, and whether its rights are enough to watch and to ask who clients are. */
export async function judgeXdsDeploy(
  plane: ControlPlane,
  cluster: TestCluster,
  { report }: PartContext,
): Promise<void> {
  for (const file of FILES) {
    const got = await read(file)
      .then(cluster.apply)
      .then(() => 'accepted', textOf);
    report({ case: `deploy/xds: ${file}.yaml`, expected: 'accepted', got });
  }
  const policy = await createPolicy(plane).then(() => 'accepted', textOf);
  report({ case: 'deploy/xds: network-policy.yaml', expected: 'accepted', got: policy });
  await cluster.apply(CLIENT);
  const kubeconfig = await ownKubeconfig(plane);
  report({ case: 'xds: its own rights read the cluster', expected: 'read', got: await sync(kubeconfig) });
  const client = createKubeClient(loadAccess({ kubeconfig }));
  const reviews = createReviews(client, 'fairlead');
  try {
    const identity = await reviews.token(await tokenOf(plane, ['shop', 'app'], ['fairlead']));
    const user = identity?.username ?? 'nobody';
    const name = 'system:serviceaccount:shop:app';
    report({ case: 'xds: a token with its audience is its account’s', expected: name, got: user });
    const foreign = await reviews.token(await tokenOf(plane, ['shop', 'app'], []));
    report({
      case: 'xds: a token for the API server is nobody’s',
      expected: 'nobody',
      got: foreign?.username ?? 'nobody',
    });
    const sees = identity ?? { username: name, groups: [] };
    const got = `${await reviews.mayList(sees, 'shop')} ${await reviews.mayList(sees, 'default')}`;
    report({ case: 'xds: an account sees its namespace and no other', expected: 'true false', got });
  } finally {
    client.close();
  }
}
