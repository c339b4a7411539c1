import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Container, PodSpec } from '../src/node-agent/pod.js';
import {
  condition,
  eventsOf,
  pod,
  putPod,
  type Rig,
  STAY,
  script,
  startRig,
  until,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const put = (
  resource: 'configmaps' | 'secrets',
  name: string,
  data: Record<string, string>,
  more = {},
): void => {
  const encoded = Object.entries(data).map(([key, value]) => [
    key,
    resource === 'secrets' ? Buffer.from(value).toString('base64') : value,
  ]);
  rig.kube.put(resource, {
    apiVersion: 'v1',
    kind: resource === 'secrets' ? 'Secret' : 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: Object.fromEntries(encoded),
    ...more,
  });
};
const first = (name: string) => pod(rig.kube, name)?.status?.containerStatuses?.[0];
const path = (name: string, ...more: string[]): string =>
  join(rig.runDir, 'pods', pod(rig.kube, name)?.metadata.uid ?? '', ...more);
const read = (name: string, ...more: string[]): string => readFileSync(path(name, ...more), 'utf8');
const ready = (name: string): Promise<void> => until(() => condition(rig.kube, name, 'Ready') === 'True');
const run = (name: string, spec: Partial<PodSpec>, container: Partial<Container> = {}) =>
  putPod(rig.kube, name, { containers: [script(STAY, container)], ...spec });

it('brings an update of a ConfigMap and of a Secret to the mounted files, all of it at once', async () => {
  put('configmaps', 'settings', { colour: 'blue', shape: 'round' });
  put('secrets', 'keys', { door: 'sesame' });
  run('live', {
    volumes: [
      { name: 'settings', configMap: { name: 'settings' } },
      {
        name: 'both',
        projected: {
          defaultMode: 0o440,
          sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }],
        },
      },
    ],
  });
  await ready('live');
  const volume = (...more: string[]): string => path('live', 'volumes', 'settings', ...more);
  expect(readlinkSync(volume('colour'))).toBe('..data/colour');
  const before = readlinkSync(volume('..data'));
  expect(before).toMatch(/^\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+$/);
  expect(readdirSync(volume()).sort()).toEqual(['..data', before, 'colour', 'shape'].sort());
  put('configmaps', 'settings', { colour: 'green', size: 'big' });
  put('secrets', 'keys', { door: 'abracadabra' });
  await until(() => read('live', 'volumes/settings/colour') === 'green');
  await until(() => read('live', 'volumes/both/door') === 'abracadabra');
  const after = readlinkSync(volume('..data'));
  expect(after).not.toBe(before);
  expect(readdirSync(volume()).sort()).toEqual(['..data', after, 'colour', 'size'].sort());
  expect(statSync(path('live', 'volumes/both/door')).mode & 0o777).toBe(0o440);
  expect(first('live')?.restartCount).toBe(0);
});

it('keeps others than the owner of the sandbox out of every volume', async () => {
  run('private', { volumes: [{ name: 'keys', secret: { secretName: 'keys' } }] });
  await ready('private');
  expect(statSync(path('private')).mode & 0o077).toBe(0);
  expect(statSync(path('private', 'volumes')).mode & 0o077).toBe(0);
});

it('waits for what is missing, says so, and starts in the moment it is there', async () => {
  run('waiting', {
    volumes: [{ name: 'v', secret: { secretName: 'late', items: [{ key: 'a', path: 'b/c' }] } }],
  });
  await until(() =>
    eventsOf(rig.kube, 'waiting').includes(
      'FailedMount: MountVolume.SetUp failed for volume "v" : secret "late" not found',
    ),
  );
  expect(first('waiting')?.state.waiting?.reason).toBe('ContainerCreating');
  put('secrets', 'late', { other: 'x' });
  const text = 'FailedMount: MountVolume.SetUp failed for volume "v" : references non-existent secret key: a';
  await until(() => eventsOf(rig.kube, 'waiting').includes(text));
  put('secrets', 'late', { a: 'x' });
  await ready('waiting');
  expect(read('waiting', 'volumes/v/b/c')).toBe('x');
});

it('starts without what is optional, and takes it when it comes', async () => {
  run('optional', {
    volumes: [
      { name: 'v', configMap: { name: 'maybe', optional: true } },
      { name: 'w', configMap: { name: 'settings', optional: true, items: [{ key: 'none', path: 'none' }] } },
    ],
  });
  await ready('optional');
  expect(readdirSync(path('optional', 'volumes/v')).filter((name) => !name.startsWith('..'))).toEqual([]);
  put('configmaps', 'maybe', { now: 'here' });
  await until(() => lstatSync(path('optional', 'volumes/v/now'), { throwIfNoEntry: false }));
  rig.kube.remove('configmaps', 'default', 'maybe');
  await until(() => !lstatSync(path('optional', 'volumes/v/now'), { throwIfNoEntry: false }));
});

it('keeps the files of a ConfigMap that is deleted under it, with an Event', async () => {
  put('configmaps', 'gone', { a: 'b' });
  run('bereft', { volumes: [{ name: 'v', configMap: { name: 'gone' } }] });
  await ready('bereft');
  rig.kube.remove('configmaps', 'default', 'gone');
  const text = 'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "gone" not found';
  await until(() => eventsOf(rig.kube, 'bereft').includes(text));
  expect(read('bereft', 'volumes/v/a')).toBe('b');
});

it('writes labels and annotations anew when they change, and limits of a container', async () => {
  const running = run(
    'labelled',
    {
      volumes: [
        {
          name: 'info',
          downwardAPI: {
            items: [
              { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
              {
                path: 'cpu',
                resourceFieldRef: { containerName: 'app', resource: 'limits.cpu', divisor: '1m' },
              },
            ],
          },
        },
      ],
    },
    {
      resources: { limits: { cpu: '1500m', memory: '64Mi' } },
      env: [
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      ],
      readinessProbe: { exec: { command: ['sh', '-c', 'test "$MEMORY" = 64'] } },
    },
  );
  await ready('labelled');
  expect(read('labelled', 'volumes/info/labels')).toBe('app="labelled"');
  expect(read('labelled', 'volumes/info/cpu')).toBe('1500');
  const now = pod(rig.kube, 'labelled');
  rig.kube.put('pods', { ...running, ...now, metadata: { ...running.metadata, labels: { app: 'other' } } });
  await until(() => read('labelled', 'volumes/info/labels') === 'app="other"');
});

it('renews a projected token in place', async () => {
  rig.kube.tokenSeconds = 1;
  const source = { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } };
  run('tokens', { serviceAccountName: 'robot', volumes: [{ name: 'v', projected: { sources: [source] } }] });
  await ready('tokens');
  const token = (): string => read('tokens', 'volumes/v/token');
  const before = token();
  expect(before).toMatch(/^token-\d+-of-robot$/);
  await until(() => token() !== before);
  expect(statSync(path('tokens', 'volumes/v/token')).mode & 0o777).toBe(0o600);
  rig.kube.tokenSeconds = 3600;
});

it('leaves a subPath of a ConfigMap as it was when the container started, until it starts again', async () => {
  put('configmaps', 'parts', { 'app.conf': 'one' });
  run(
    'parts',
    {
      volumes: [
        { name: 'v', configMap: { name: 'parts' } },
        { name: 'e', emptyDir: {} },
      ],
    },
    {
      env: [{ name: 'WHO', value: 'me' }],
      volumeMounts: [
        { name: 'v', mountPath: '/etc/app.conf', subPath: 'app.conf' },
        { name: 'e', mountPath: '/logs', subPathExpr: 'of-$(WHO)' },
      ],
    },
  );
  await ready('parts');
  const file = (): string => read('parts', 'containers/app/root/etc/app.conf');
  put('configmaps', 'parts', { 'app.conf': 'two' });
  await until(() => read('parts', 'volumes/v/app.conf') === 'two');
  expect(file()).toBe('one');
  expect(statSync(path('parts', 'volumes/e/of-me')).isDirectory()).toBe(true);
  rig.agent.kill('default', 'parts');
  await until(() => first('parts')?.restartCount === 1 && file() === 'two');
});

it('reads an immutable ConfigMap once', async () => {
  put('configmaps', 'fixed', { a: 'one' }, { immutable: true });
  put('configmaps', 'moving', { a: 'one' });
  const volumes = ['fixed', 'moving'].map((name) => ({ name, configMap: { name } }));
  run('fixed', { volumes });
  await ready('fixed');
  put('configmaps', 'moving', { a: 'two' });
  await until(() => read('fixed', 'volumes/moving/a') === 'two');
  put('configmaps', 'fixed', { a: 'two' }, { immutable: true });
  put('configmaps', 'moving', { a: 'three' });
  await until(() => read('fixed', 'volumes/moving/a') === 'three');
  expect(read('fixed', 'volumes/fixed/a')).toBe('one');
});
