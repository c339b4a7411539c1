import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { credentials } from '@grpc/grpc-js';
import { register as registerXds } from '@grpc/grpc-js-xds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCertificateAuthority } from '#sandbox/api/pki/x509.js';
import { RawStream } from '../../packages/control-plane/test/streams.js';
import { account, mayWatch, requestToken } from './accounts.js';
import {
  type Bench,
  DEPLOYMENTS,
  Echo,
  echoManifest,
  fairlead,
  faults,
  Load,
  NAMESPACE,
  openBench,
  SERVICE,
  SERVICES,
  until,
} from './harness.js';

const OWN = 'fairlead';
const NAME = 'fairlead-xds';
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const MAIN = fileURLToPath(import.meta.resolve('fairlead/package.json')).replace(
  'package.json',
  'dist/main.js',
);
// Volumes of the sandbox are below POD_ROOT.
const RUN = `exec "${process.execPath}" "${MAIN}" $(printf '%s\\n' "$@" | sed "s#=/tls/#=$POD_ROOT/tls/#")`;

let bench: Bench;
let address: string;
const authority = createCertificateAuthority();
const open: { close(): unknown }[] = [];

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../deploy/xds/${file}`, import.meta.url), 'utf8');

/** The Deployment of deploy/xds, which need not wait here for nodes to hear of its end. */
const deployment = async (): Promise<string> =>
  (await read('deployment.yaml')).replace('seconds: 5', 'seconds: 0').replace('--drain=10', '--drain=1');

interface Pod {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly [field: string]: unknown;
}

async function replicas(): Promise<string[]> {
  const { items } = await bench.api.list<Pod>(PODS, { namespace: OWN });
  return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
}

interface Rollout {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly generation?: number };
  readonly status?: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

async function rolledOut(): Promise<boolean> {
  const { metadata, status = {} } = await bench.api.get<Rollout>(DEPLOYMENTS, NAME, { namespace: OWN });
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  return [status.replicas, status.updatedReplicas, status.readyReplicas].every((count) => count === 2);
}

beforeAll(async () => {
  bench = await openBench({ images: { fairlead: ['sh', '-c', RUN, 'fairlead'] } });
  const { cluster, api } = bench;
  for (const file of ['namespace', 'rbac', 'service', 'disruption-budget']) {
    await cluster.apply(await read(`${file}.yaml`));
  }
  await cluster.apply(`${echoManifest(2)}---${account('app')}---${account('other')}---${mayWatch('app')}`);
  const { spec } = await api.get<Pod & { spec: { clusterIP: string } }>(SERVICES, NAME, { namespace: OWN });
  address = `${spec.clusterIP}:18000`;
  const pair = authority.issue({ commonName: NAME, addresses: [spec.clusterIP], usage: 'server' });
  const data = { 'tls.crt': pair.certificatePem, 'tls.key': pair.keyPem };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${NAME}-tls`, namespace: OWN } };
  await cluster.apply(JSON.stringify({ ...secret, type: 'kubernetes.io/tls', stringData: data }));
  await cluster.apply(await deployment());
  await until('both replicas are ready', rolledOut);
});

afterAll(async () => {
  delete process.env.GRPC_XDS_BOOTSTRAP_CONFIG;
  for (const each of open) each.close();
  await bench?.close();
});

it('has the rights that doctor --rbac xds prints', async () => {
  const { stdout } = await fairlead(['doctor', '--rbac', 'xds']);
  expect(stdout).toBe(await read('rbac.yaml'));
});

it('shows a client with a token what its account may list, and others nothing', async () => {
  const channel = credentials.createSsl(Buffer.from(authority.certificatePem));
  const stream = (token?: string): RawStream => {
    const opened = new RawStream(address, 'sotw', { channel, ...(token && { token }) });
    open.push(opened);
    opened.ask('endpoints', [`${SERVICE}.${NAMESPACE}:8088`, 'kubernetes.default:https']);
    return opened;
  };
  const audiences = ['fairlead'];
  const app = stream(await requestToken(bench, 'app', { audiences }));
  const other = stream(await requestToken(bench, 'other', { audiences }));
  const foreign = stream(await requestToken(bench, 'app'));
  const nobody = stream();
  await until('the account that may has the endpoints', () => app.responses.length === 1);
  await until('those without a token for it are refused', () => !!foreign.ended && !!nobody.ended);
  expect(app.responses[0]?.resources).toHaveLength(1);
  expect([foreign.ended, nobody.ended]).toEqual([
    '16 the token is not a valid one with the audience fairlead',
    '16 a ServiceAccount token with the audience fairlead is needed',
  ]);
  expect([other.ended, other.responses]).toEqual([undefined, []]);
});

it('loses no call when one replica is killed and the other is taken away', async (context) => {
  const { killPod } = faults(context, bench.cluster, 'killPod');
  // grpc-js-xds speaks plain text to control planes.
  const plain = (await deployment()).replace(
    /( +- )--tls-cert=.*\n +- --tls-key=.*/,
    '$1--open\n$1--plaintext',
  );
  await bench.cluster.apply(plain);
  await until('both replicas are replaced', rolledOut);
  process.env.GRPC_XDS_BOOTSTRAP_CONFIG = JSON.stringify({
    xds_servers: [{ server_uri: address, channel_creds: [{ type: 'insecure' }] }],
    node: { id: 'test', locality: {} },
  });
  Echo.register = registerXds;
  const echo = new Echo(bench.cluster.kubeconfig, `xds:///${SERVICE}.${NAMESPACE}:8088`);
  open.push(echo);
  await echo.reach(2);
  const load = new Load(echo, 200);
  const [first, second] = await replicas();
  await killPod(OWN, first!);
  await bench.scale(3);
  await until('the third pod answers', () => load.pods.size === 3);
  await until('both replicas are ready', rolledOut);
  await bench.api.delete(PODS, second!, { namespace: OWN });
  await bench.scale(4);
  await until('the fourth pod answers', () => load.pods.size === 4);
  await load.stop();
  expect(load.failures).toEqual([]);
});
