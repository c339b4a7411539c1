import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  upScript,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ podEnv: { GIVEN: 'by the sandbox' } });
  const metadata = (name: string) => ({ name, namespace: 'default' });
  rig.kube.put('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('settings'),
    data: { colour: 'blue', shape: 'round' },
  });
  rig.kube.put('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('keys'),
    data: { door: Buffer.from('sesame').toString('base64') },
  });
});
afterAll(() => rig.close());

const first = (name: string) => pod(rig.kube, name)?.status?.containerStatuses?.[0];
const folder = (name: string): string => join(rig.runDir, 'pods', pod(rig.kube, name)?.metadata.uid ?? '');
const readRoot = (name: string, path: string): string =>
  readFileSync(join(folder(name), 'containers/app/root', path), 'utf8');

it('gives a container its environment: literals, expansion, downward API, ConfigMaps and Secrets', async () => {
  const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  putPod(rig.kube, 'env', {
    serviceAccountName: 'robot',
    terminationGracePeriodSeconds: 7,
    containers: [
      upScript(
        "require('node:fs').writeFileSync(process.env.POD_ROOT + '/env', JSON.stringify({...process.env, argv: process.argv.slice(1)}));" +
          STAY,
        {
          command: ['node', '-e'],
          args: [
            "require('node:fs').writeFileSync(process.env.POD_ROOT + '/env', JSON.stringify({...process.env, argv: process.argv.slice(1)}));" +
              `${STAY}; require('node:fs').writeFileSync(process.env.POD_ROOT + '/up', '')`,
            '$(GREETING)',
            '$$(GREETING)',
            '$(MISSING)',
          ],
          envFrom: [
            { prefix: 'CFG_', configMapRef: { name: 'settings' } },
            { secretRef: { name: 'none', optional: true } },
          ],
          env: [
            { name: 'NAME', valueFrom: field('metadata.name') },
            { name: 'GREETING', value: 'hello $(NAME) on $(POD_IP), $(CFG_colour)' },
            { name: 'LABEL', valueFrom: field("metadata.labels['app']") },
            { name: 'UID', valueFrom: field('metadata.uid') },
            { name: 'NODE', valueFrom: field('spec.nodeName') },
            { name: 'ACCOUNT', valueFrom: field('spec.serviceAccountName') },
            { name: 'IP', valueFrom: field('status.podIP') },
            { name: 'HOST_IP', valueFrom: field('status.hostIP') },
            { name: 'SHAPE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'shape' } } },
            { name: 'DOOR', valueFrom: { secretKeyRef: { name: 'keys', key: 'door' } } },
            { name: 'NOTHING', valueFrom: { secretKeyRef: { name: 'keys', key: 'no', optional: true } } },
          ],
        },
      ),
    ],
  });
  await until(() => condition(rig.kube, 'env', 'Ready') === 'True');
  const env = JSON.parse(readRoot('env', 'env')) as Record<string, unknown>;
  const { uid } = pod(rig.kube, 'env')?.metadata ?? {};
  const ip = pod(rig.kube, 'env')?.status?.podIP;
  expect(env).toMatchObject({
    argv: [`hello env on ${ip}, blue`, '$(GREETING)', '$(MISSING)'],
    CFG_colour: 'blue',
    CFG_shape: 'round',
    NAME: 'env',
    LABEL: 'env',
    UID: uid,
    NODE: 'node-a',
    ACCOUNT: 'robot',
    IP: ip,
    POD_IP: ip,
    HOST_IP: rig.range.nodeHost(1),
    SHAPE: 'round',
    DOOR: 'sesame',
    GIVEN: 'by the sandbox',
    HOSTNAME: 'env',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '6443',
    FAIRLEAD_GRACE_SECONDS: '7',
    KUBECONFIG: join(folder('env'), 'kubeconfig'),
  });
  expect(env).not.toHaveProperty('NOTHING');
  expect(env).not.toHaveProperty('VITEST');
});

it('gives a container a kubeconfig of its account with a token that is renewed', async () => {
  rig.kube.tokenSeconds = 1;
  putPod(rig.kube, 'token', { serviceAccountName: 'robot', containers: [script(STAY)] });
  await until(() => condition(rig.kube, 'token', 'Ready') === 'True');
  const path = join(folder('token'), 'kubeconfig');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const config = JSON.parse(readFileSync(path, 'utf8'));
  expect(config).toMatchObject({
    clusters: [{ cluster: { server: rig.kube.server } }],
    contexts: [{ context: { namespace: 'default', user: 'robot' } }],
  });
  expect(readFileSync(config.clusters[0].cluster['certificate-authority'], 'utf8')).toBe(rig.ca);
  const { tokenFile } = config.users[0].user;
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const before = readFileSync(tokenFile, 'utf8');
  expect(before).toMatch(/^token-\d+-of-robot$/);
  const mounted = 'var/run/secrets/kubernetes.io/serviceaccount';
  expect(readRoot('token', `${mounted}/namespace`)).toBe('default');
  expect(readRoot('token', `${mounted}/ca.crt`)).toBe(rig.ca);
  await until(() => readFileSync(tokenFile, 'utf8') !== before);
  rig.kube.tokenSeconds = 3600;
});

it('writes no token where the pod wants none', async () => {
  putPod(rig.kube, 'anonymous', {
    automountServiceAccountToken: false,
    containers: [script(`console.log(process.env.KUBECONFIG === undefined); ${STAY}`)],
  });
  await until(() => condition(rig.kube, 'anonymous', 'Ready') === 'True');
  expect(() => statSync(join(folder('anonymous'), 'kubeconfig'))).toThrow('ENOENT');
});

it('writes volumes: emptyDir shared by containers, ConfigMap, Secret, downward API, projected, nested', async () => {
  putPod(rig.kube, 'volumes', {
    volumes: [
      { name: 'shared', emptyDir: {} },
      { name: 'settings', configMap: { name: 'settings', items: [{ key: 'colour', path: 'deep/colour' }] } },
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
      {
        name: 'info',
        downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
      },
      {
        name: 'kube-api-access',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', audience: 'vault' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            { secret: { name: 'none', optional: true } },
          ],
        },
      },
    ],
    containers: [
      script(STAY, {
        volumeMounts: [
          { name: 'settings', mountPath: '/etc/app/conf' },
          { name: 'shared', mountPath: '/etc/app' },
          { name: 'shared', mountPath: '/sub', subPath: 'a/b' },
          { name: 'keys', mountPath: '/keys/' },
          { name: 'info', mountPath: 'info' },
          { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
        ],
      }),
      script(`require('node:fs').writeFileSync(process.env.POD_ROOT + '/data/hello', 'hi'); ${STAY}`, {
        name: 'other',
        volumeMounts: [{ name: 'shared', mountPath: '/data' }],
      }),
    ],
  });
  await until(() => condition(rig.kube, 'volumes', 'Ready') === 'True');
  expect(readRoot('volumes', 'etc/app/conf/deep/colour')).toBe('blue');
  expect(readRoot('volumes', 'keys/door')).toBe('sesame');
  expect(statSync(join(folder('volumes'), 'volumes/keys/door')).mode & 0o777).toBe(0o400);
  expect(readRoot('volumes', 'info/labels')).toBe('app="volumes"');
  expect(readRoot('volumes', 'var/run/secrets/kubernetes.io/serviceaccount/token')).toMatch(/^token-/);
  expect(readRoot('volumes', 'var/run/secrets/kubernetes.io/serviceaccount/ca.crt')).toBe(rig.ca);
  expect(statSync(join(folder('volumes'), 'containers/app/root/sub')).isDirectory()).toBe(true);
  await until(() => readRoot('volumes', 'etc/app/hello') === 'hi');
});

it('refuses other kinds of volumes, and names that leave the folder, with an Event and a waiting status', async () => {
  const refused: [string, object, string][] = [
    [
      'host-path',
      { hostPath: { path: '/' } },
      'MountVolume.SetUp failed for volume "v" : kind hostPath is not served: accepted are emptyDir,',
    ],
    ['no-map', { configMap: { name: 'none' } }, 'configmap "none" not found'],
    [
      'no-key',
      { configMap: { name: 'settings', items: [{ key: 'x', path: 'x' }] } },
      'configmap references non-existent config key: x',
    ],
    [
      'escape',
      { configMap: { name: 'settings', items: [{ key: 'shape', path: '../x' }] } },
      'path "../x": accepted is',
    ],
  ];
  for (const [name, volume] of refused)
    putPod(rig.kube, name, { volumes: [{ name: 'v', ...volume }], containers: [script(STAY)] });
  for (const [name, , text] of refused) {
    await until(() => first(name)?.state.waiting?.message?.includes(text));
    expect(first(name)?.state.waiting?.reason).toBe('ContainerCreating');
    await until(() =>
      eventsOf(rig.kube, name).some((event) =>
        event.startsWith('FailedMount: MountVolume.SetUp failed for volume "v" : '),
      ),
    );
    rig.kube.deletePod('default', name, 5);
    await until(() => pod(rig.kube, name) === undefined);
  }
});

it('says that an image maps to no command, and how to map it', async () => {
  putPod(rig.kube, 'nginx', { containers: [{ name: 'app', image: 'nginx:1.27' }] });
  await until(() => first('nginx')?.state.waiting?.reason === 'ImagePullBackOff');
  const hint =
    'image "nginx:1.27" maps to no local command: start the sandbox with --image nginx:1.27=COMMAND';
  expect(first('nginx')?.state.waiting?.message).toContain(hint);
  expect(pod(rig.kube, 'nginx')?.status?.phase).toBe('Pending');
  await until(() => eventsOf(rig.kube, 'nginx').some((event) => event.includes(hint)));
});

it('waits for a ConfigMap that is missing and starts when it is there', async () => {
  const ref = { configMapKeyRef: { name: 'later', key: 'word' } };
  putPod(rig.kube, 'config', { containers: [script(STAY, { env: [{ name: 'WORD', valueFrom: ref }] })] });
  await until(() => first('config')?.state.waiting?.reason === 'CreateContainerConfigError');
  expect(first('config')?.state.waiting?.message).toBe('configmap "later" not found');
  await until(() => eventsOf(rig.kube, 'config').includes('Failed: Error: configmap "later" not found'));
  rig.kube.put('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'later', namespace: 'default' },
    data: { word: 'now' },
  });
  await until(() => condition(rig.kube, 'config', 'Ready') === 'True');
});

it('says that a command does not exist', async () => {
  putPod(rig.kube, 'no-command', {
    restartPolicy: 'Never',
    containers: [script('', { command: ['/no/such/file'] })],
  });
  await until(() => pod(rig.kube, 'no-command')?.status?.phase === 'Failed');
  expect(first('no-command')?.state.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    message: 'exec: "/no/such/file": executable file not found in $PATH',
  });
});

it('explains a port that a program could not bind', async () => {
  const code = "process.stderr.write('bind: address already in use\\n'); process.exit(1)";
  putPod(rig.kube, 'taken', { restartPolicy: 'Never', containers: [script(code)] });
  const ip = () => pod(rig.kube, 'taken')?.status?.podIP;
  const text = () => `a program must listen on $POD_IP (${ip()})`;
  await until(() =>
    eventsOf(rig.kube, 'taken').some((event) => event.startsWith('FailedBind') && event.includes(text())),
  );
});

it('runs in the working directory: a volume, a folder of the machine, or a new one', async () => {
  const where = (name: string, workingDir: string) =>
    putPod(rig.kube, name, {
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        upScript(`require('node:fs').writeFileSync(process.env.POD_ROOT + '/cwd', process.cwd()); ${STAY}`, {
          workingDir,
          volumeMounts: [{ name: 'scratch', mountPath: '/srv/here' }],
        }),
      ],
    });
  where('cwd-volume', '/srv/here');
  where('cwd-machine', '/usr');
  where('cwd-new', '/not/there');
  for (const name of ['cwd-volume', 'cwd-machine', 'cwd-new'])
    await until(() => condition(rig.kube, name, 'Ready') === 'True');
  expect(readRoot('cwd-volume', 'cwd')).toBe(join(folder('cwd-volume'), 'volumes/scratch'));
  expect(readRoot('cwd-machine', 'cwd')).toBe('/usr');
  expect(readRoot('cwd-new', 'cwd')).toBe(join(folder('cwd-new'), 'containers/app/root/not/there'));
});
