import { createServer } from 'node:net';
import type { ClusterAccess } from '@fairlead/discovery/kubernetes';
import { expect, vi } from 'vitest';
import { type AddressRange, claimAddressRange } from '../src/address-range/address-range.js';
import { createCertificateAuthority, type KeyPair } from '../src/api/pki/x509.js';
import { BUILTIN_IMAGES } from '../src/images/builtin.js';
import { createNodeAgent, type NodeAgent, type NodeAgentOptions } from '../src/node-agent/node-agent.js';
import type { Container, Pod, PodSpec } from '../src/node-agent/pod.js';
import { createReaper, createRunDir, type Reaper } from '../src/reaper/index.js';
import { FakeKube } from './fake-kube.js';

/** One node on a fake API server, with a reaper and a run directory of its own. */
export interface Rig {
  readonly kube: FakeKube;
  readonly agent: NodeAgent;
  readonly range: AddressRange;
  readonly runDir: string;
  readonly ca: string;
  readonly apiServer: KeyPair;
  close(): Promise<void>;
}

export async function startRig(options: Partial<NodeAgentOptions> = {}): Promise<Rig> {
  const range = await claimAddressRange();
  const runDir = createRunDir();
  const reaper: Reaper = createReaper({ runDir });
  const kube = new FakeKube();
  const authority = createCertificateAuthority();
  const { certificatePem: cert, keyPem: key } = authority.issue({
    commonName: 'node-a',
    addresses: [range.nodeHost(1)],
    usage: 'server',
  });
  const access: ClusterAccess = {
    server: kube.server,
    namespace: 'default',
    insecure: false,
    origin: 'test',
    user: 'node-a',
    ca: () => authority.certificatePem,
    credentials: async () => ({}),
    invalidate() {},
  };
  const agent = createNodeAgent({
    access,
    client: kube,
    nodeName: 'node-a',
    zone: 'zone-a',
    podRange: range.nodePods(1),
    images: BUILTIN_IMAGES,
    runDir,
    reaper,
    serving: { cert, key, clientCa: authority.certificatePem, host: range.nodeHost(1) },
    restartLimits: { baseMs: 50, maxMs: 200 },
    ...options,
  });
  await agent.start();
  return {
    kube,
    agent,
    range,
    runDir,
    ca: authority.certificatePem,
    apiServer: authority.issue({ commonName: 'kube-apiserver', usage: 'client' }),
    async close() {
      await agent.close();
      await reaper.close();
      await range.release();
    },
  };
}

/** A container that runs a line of JavaScript. */
export const script = (code: string, more: Partial<Container> = {}): Container => ({
  name: 'app',
  image: 'node',
  command: ['node', '-e', code],
  ...more,
});

/** As `script`, and ready only when all of it has run. */
export const upScript = (code: string, more: Partial<Container> = {}): Container =>
  script(`${code}; require('node:fs').writeFileSync(process.env.POD_ROOT + '/up', '')`, {
    readinessProbe: { exec: { command: ['sh', '-c', 'test -e "$POD_ROOT/up"'] } },
    ...more,
  });

/** A program that stays until SIGTERM. */
export const STAY = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)";

export function putPod(kube: FakeKube, name: string, spec: Partial<PodSpec>): Pod {
  return kube.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { containers: [], nodeName: 'node-a', terminationGracePeriodSeconds: 5, ...spec },
  }) as Pod;
}

export const pod = (kube: FakeKube, name: string): Pod | undefined => kube.find<Pod>('pods', 'default', name);

export const condition = (kube: FakeKube, name: string, type: string): string | undefined =>
  pod(kube, name)?.status?.conditions?.find((found) => found.type === type)?.status;

/** Reasons and messages of the Events about a pod. */
export const eventsOf = (kube: FakeKube, name: string): string[] =>
  kube
    .all('events')
    .filter((event) => event.metadata.name?.startsWith(`${name}.`))
    .map((event) => `${event.reason}: ${event.message}`);

export const until = (check: () => unknown, timeout = 10_000): Promise<void> =>
  vi.waitFor(() => expect(check()).toBeTruthy(), { timeout, interval: 10 });

/** Whether nobody listens there any more. */
export async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Whether a process lives. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The pid behind a container status. */
export function pidOf(found: Pod | undefined): number {
  const id = found?.status?.containerStatuses?.[0]?.containerID ?? '';
  return Number(id.replace('process://', ''));
}
