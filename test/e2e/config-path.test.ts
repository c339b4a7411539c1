import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from '@fairlead/client';
import type { LogFields } from '@fairlead/discovery';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, mayWatch, requestToken, writeUserKubeconfig } from './accounts.js';
import { type Bench, Echo, echoManifest, Load, NAMESPACE, openBench, SERVICE, until } from './harness.js';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', resource: 'configmaps' };

let bench: Bench;
let folder: string;
let kubeconfig: string;
const warned: { msg: string; fields: LogFields | undefined }[] = [];
const open: Echo[] = [];

/** A pod that has the ConfigMap mounted, and says where the sandbox put it. */
const mounted = (where: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: clients, namespace: ${NAMESPACE}}
data: {_default: leastRequest}
---
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: ${NAMESPACE}}
spec:
  automountServiceAccountToken: false
  volumes: [{name: clients, configMap: {name: clients}}]
  containers:
    - name: main
      image: shell
      command: [sh, -c, 'echo "$POD_ROOT/etc/fairlead/clients/" > ${where}; exec sleep 1000']
      volumeMounts: [{name: clients, mountPath: /etc/fairlead/clients}]
`;

beforeAll(async () => {
  bench = await openBench({ images: { shell: ['sh'] } });
  folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  const where = join(folder, 'where');
  await bench.cluster.apply(echoManifest(3));
  await bench.cluster.apply(`${mounted(where)}---${account('app')}---${mayWatch('app')}`);
  const token = await requestToken(bench, 'app');
  kubeconfig = await writeUserKubeconfig(bench, join(folder, 'app'), { token });
  let configPath = '';
  const isMounted = async (): Promise<boolean> => {
    configPath = (await readFile(where, 'utf8').catch(() => '')).trim();
    return configPath !== '';
  };
  await until('the pod with the volume runs', isMounted);
  await until('the deployment is complete', () => bench.rolledOut());
  const nothing = (): void => {};
  const warn = (msg: string, fields?: LogFields): void => void warned.push({ msg, fields });
  const logger = { debug: nothing, info: nothing, error: nothing, warn };
  Echo.register = () => register({ configPath, namespace: NAMESPACE, logger });
});

afterAll(async () => {
  for (const echo of open) echo.close();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

function dial(options: ConstructorParameters<typeof Echo>[2] = {}): Echo {
  const echo = new Echo(kubeconfig, undefined, options);
  open.push(echo);
  return echo;
}

/** Null takes a key away. */
async function patch(data: Record<string, string | null>): Promise<void> {
  await bench.api.patch(CONFIG_MAPS, 'clients', { data }, { namespace: NAMESPACE, kind: 'merge' });
}

/** Whether twelve calls in a row go to three pods in turn: by chance once in some ten thousand times. */
async function isInTurn(echo: Echo): Promise<boolean> {
  const pods: string[] = [];
  for (let call = 0; call < 12; call++) pods.push(await echo.say());
  return new Set(pods).size === 3 && pods.every((pod, at) => at < 3 || pod === pods[at - 3]);
}

const takesTurns = (echo: Echo) => until('calls take turns', () => isInTurn(echo));
const takesNone = (echo: Echo) => until('calls take no turns', async () => !(await isInTurn(echo)));

it('follows a ConfigMap that is mounted into a pod, with no right to read it, and loses no call', async () => {
  const echo = dial();
  const load = new Load(dial({ 'grpc.client_idle_timeout_ms': 1_000_000 }), 300);
  await until('three pods are called', () => load.pods.size === 3);
  await takesNone(echo);
  for (let again = 0; again < 3; again++) {
    await patch({ [SERVICE]: 'roundRobin' });
    await takesTurns(echo);
    await patch({ [`${SERVICE}.${NAMESPACE}`]: '{"policy": "leastRequest"}' });
    await takesNone(echo);
    await patch({ [`${SERVICE}.${NAMESPACE}`]: null });
    await takesTurns(echo);
    await patch({ [SERVICE]: null });
    await takesNone(echo);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(warned).toEqual([]);
});

it('keeps the last good value, and says once what is wrong with the next', async () => {
  const echo = dial();
  await patch({ [SERVICE]: 'roundRobin' });
  await takesTurns(echo);
  await patch({ [SERVICE]: 'fastest' });
  await until('it is told', () => warned.length > 0);
  expect(await isInTurn(echo)).toBe(true);
  expect(warned).toEqual([
    {
      msg: 'a configuration from a file is not accepted, the last good one stays',
      fields: {
        service: `${NAMESPACE}/${SERVICE}`,
        place: expect.stringMatching(/\/etc\/fairlead\/clients, key serv$/),
        error: expect.stringContaining('unknown policy "fastest"'),
      },
    },
  ]);
  await patch({ [SERVICE]: 'leastRequest' });
  await takesNone(echo);
});
