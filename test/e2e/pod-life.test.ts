import { createKubeClient, type KubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { startTestCluster } from '@fairlead/sandbox/testing';
import { afterEach, expect, it } from 'vitest';
import { until } from './harness.js';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: { readonly terminated?: { readonly exitCode: number }; readonly running?: object };
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
  readonly [field: string]: unknown;
}

let closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

async function cluster(): Promise<{ api: KubeClient; apply(yaml: string): Promise<void> }> {
  const started = await startTestCluster();
  const api = createKubeClient(loadAccess({ kubeconfig: started.kubeconfig }));
  closers = [() => started.close(), () => api.close()];
  return { api, apply: (yaml) => started.apply(yaml) };
}

const get = (api: KubeClient, name: string): Promise<Pod> => api.get<Pod>(PODS, name, { namespace: 'life' });
const isReady = async (api: KubeClient, name: string): Promise<boolean> =>
  (await get(api, name)).status?.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  ) ?? false;

const SIDECAR = `
apiVersion: v1
kind: Namespace
metadata: {name: life}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: word, namespace: life}
data: {word: one}
---
apiVersion: v1
kind: Pod
metadata: {name: worker, namespace: life}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 10
  volumes: [{name: word, configMap: {name: word}}]
  initContainers:
    - {name: first, image: shell, command: [sh, -c, 'exit 0']}
    - name: beside
      image: shell
      restartPolicy: Always
      command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']
      readinessProbe: {exec: {command: [sh, -c, 'exit 0']}, periodSeconds: 1}
  containers:
    - name: main
      image: shell
      command: [sh, -c, 'until grep -q two "$POD_ROOT/word/word"; do sleep 0.1; done']
      volumeMounts: [{name: word, mountPath: /word}]
`;

it('runs a pod with an init container, a sidecar and a ConfigMap that changes under it, to its end', async () => {
  const { api, apply } = await cluster();
  await apply(SIDECAR);
  await until('the pod is ready', () => isReady(api, 'worker'));
  const { status } = await get(api, 'worker');
  expect(status?.initContainerStatuses).toMatchObject([
    { name: 'first', ready: true, restartCount: 0, state: { terminated: { exitCode: 0 } } },
    { name: 'beside', ready: true, restartCount: 0, state: { running: {} } },
  ]);
  await api.patch(CONFIG_MAPS, 'word', { data: { word: 'two' } }, { namespace: 'life', kind: 'merge' });
  await until(
    'the pod has done its work',
    async () => (await get(api, 'worker')).status?.phase === 'Succeeded',
  );
  const done = await get(api, 'worker');
  expect(done.status?.initContainerStatuses?.[1]).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 0 } },
  });
});

it('starts a pod in the moment that the Secret it waits for is there', async () => {
  const { api, apply } = await cluster();
  await apply(`
apiVersion: v1
kind: Namespace
metadata: {name: life}
---
apiVersion: v1
kind: Pod
metadata: {name: waiting, namespace: life}
spec:
  volumes: [{name: keys, secret: {secretName: keys, items: [{key: door, path: a/door}]}}]
  containers:
    - name: main
      image: shell
      command: [sh, -c, 'test "$(cat "$POD_ROOT/keys/a/door")" = sesame && exec sleep 1000']
      volumeMounts: [{name: keys, mountPath: /keys}]
`);
  const events = { group: '', version: 'v1', resource: 'events' };
  const said = async (): Promise<string[]> => {
    const { items } = await api.list(events, { namespace: 'life' });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  };
  const text = 'FailedMount: MountVolume.SetUp failed for volume "keys" : secret "keys" not found';
  await until('an Event says what is missing', async () => (await said()).includes(text));
  expect((await get(api, 'waiting')).status?.phase).toBe('Pending');
  await apply(`
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: life}
stringData: {door: sesame}
`);
  await until('the pod is ready', () => isReady(api, 'waiting'));
  expect((await get(api, 'waiting')).status?.containerStatuses?.[0]?.restartCount).toBe(0);
});
