import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { expect, it, onTestFinished } from 'vitest';
import { startFairlead, until } from './harness.js';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const DISCOVERY = fileURLToPath(import.meta.resolve('@fairlead/discovery/kubernetes'));

/** Reads pods with whatever access a program in a pod finds by itself; fails when that is not where it is expected. */
const CLIENT = `
import { createKubeClient, loadAccess } from ${JSON.stringify(DISCOVERY)};
const access = loadAccess({});
const { items } = await createKubeClient(access).list({ group: '', version: 'v1', resource: 'pods' }, { namespace: access.namespace });
process.exit(items.length > 0 && access.origin.startsWith(process.argv[2]) ? 0 : 1);
`;

const manifest = (program: string, origin: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {restartPolicy: OnFailure, containers: [{name: main, image: node, command: [node, ${JSON.stringify(program)}, ${origin}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stays}
spec:
  volumes: [{name: v, emptyDir: {}}]
  containers: [{name: main, image: shell, command: [sleep, '1000'], volumeMounts: [{name: v, mountPath: /fairlead-e2e}]}]
`;

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
  readonly [field: string]: unknown;
}

/** Runs `fairlead sandbox up` with the two pods until both have got where they are to get. */
async function up(mode: 'auto' | 'off', origin: string) {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-isolate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [program, yaml, kubeconfig] = ['client.mjs', 'pods.yaml', 'kubeconfig'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(program, CLIENT);
  writeFileSync(yaml, manifest(program, origin));
  const args = [
    'sandbox',
    'up',
    '--port',
    '0',
    '--isolate',
    mode,
    '-f',
    yaml,
    '--write-kubeconfig',
    kubeconfig,
  ];
  const run = startFairlead(args);
  await until('the sandbox is ready', () => run.output.stdout.includes('ready '));
  if (run.output.stderr.includes('--isolate off')) return { ...run, pid: undefined };
  const api = createKubeClient(loadAccess({ kubeconfig }));
  onTestFinished(() => api.close());
  const get = (name: string) => api.get<Pod>(PODS, name, { namespace: 'default' });
  await until('the client has ended', async () => (await get('client')).status?.phase === 'Succeeded');
  await until('the other pod runs', async () => (await get('stays')).status?.phase === 'Running');
  const id = (await get('stays')).status?.containerStatuses?.[0]?.containerID ?? '';
  return { ...run, pid: Number(id.replace('process://', '')) };
}

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`);
const mountsOf = (pid: number | 'self'): string => readFileSync(`/proc/${pid}/mountinfo`, 'utf8');

it('lets a client find its account at the real path, and leaves nothing after kill -9', async (context) => {
  const { child, output, exited, pid } = await up('auto', 'in-cluster');
  if (pid === undefined) return context.skip(output.stderr.trim());
  expect(mountsOf(pid)).toContain(' /fairlead-e2e ');
  expect(mountsOf(pid)).toContain('/secrets/kubernetes.io/serviceaccount ');
  expect(mountsOf('self')).not.toContain('/fairlead-e2e ');
  expect(existsSync('/fairlead-e2e')).toBe(false);
  expect(existsSync(ACCOUNT)).toBe(false);
  child.kill('SIGKILL');
  await exited;
  await until('the pod has ended with the sandbox', () => !lives(pid));
});

it('has mounts under $POD_ROOT alone with --isolate off', async () => {
  const { child, exited, output, pid } = await up('off', 'KUBECONFIG');
  expect(mountsOf(pid ?? 'self')).not.toContain(' /fairlead-e2e ');
  expect(output.stderr).not.toContain('--isolate');
  child.kill('SIGTERM');
  expect((await exited).code).toBe(0);
});
