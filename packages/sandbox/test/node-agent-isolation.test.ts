import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectIsolation } from '../src/node-agent/isolation/detect.js';
import type { Isolation } from '../src/node-agent/isolation/launch.js';
import type { Container } from '../src/node-agent/pod.js';
import { readStat } from '../src/reaper/proc.js';
import {
  condition,
  eventsOf,
  pidOf,
  pod,
  putPod,
  type Rig,
  runs,
  STAY,
  startRig,
  until,
} from './node-agent-rig.js';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const DISCOVERY = fileURLToPath(import.meta.resolve('@fairlead/discovery/kubernetes'));
const detected = await detectIsolation();
const found = 'isolation' in detected ? detected.isolation : undefined;
const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
/** As this user can, and as one without rights would. */
const ways: [string, Isolation][] = found
  ? [
      ['the way that was found', found],
      ...(found.user ? [] : [['a user namespace', { ...found, user: { uid, gid } }] as [string, Isolation]]),
    ]
  : [];

it('finds a way, or says why there is none', () => {
  if ('problem' in detected) expect(detected.problem).not.toBe('');
  else expect(detected.isolation.tools.mount).toMatch(/^\//);
});

describe.each(ways)('a pod that is isolated by %s', (_, isolation) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ isolation });
    const metadata = { name: 'settings', namespace: 'default' };
    rig.kube.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { colour: 'blue' } });
  });
  afterAll(() => rig.close());

  /** A shell that notes what it finds in a folder that all containers of the pod share. */
  const shell = (code: string, more: Partial<Container> = {}): Container => ({
    name: 'app',
    image: 'sh',
    command: ['sh', '-c', code],
    ...more,
    volumeMounts: [{ name: 'out', mountPath: '/fairlead-out' }, ...(more.volumeMounts ?? [])],
  });
  const out = { name: 'out', emptyDir: {} };
  const first = (name: string) => pod(rig.kube, name)?.status?.containerStatuses?.[0];
  const read = (name: string, file: string): string =>
    readFileSync(
      join(rig.runDir, 'pods', pod(rig.kube, name)?.metadata.uid ?? '', 'volumes/out', file),
      'utf8',
    );

  it('has its volumes at their own paths, live, and the rest of the machine as it is', async () => {
    const mine = realpathSync(fileURLToPath(import.meta.url));
    putPod(rig.kube, 'paths', {
      volumes: [out, { name: 'settings', configMap: { name: 'settings' } }],
      containers: [
        shell(
          `cat /etc/fairlead-app/colour > /fairlead-out/before
           test -f '${mine}' && ls -d /usr /proc/self > /fairlead-out/machine
           touch /etc/fairlead-app/x 2> /fairlead-out/denied
           id -u > /fairlead-out/uid; pwd > /fairlead-out/cwd; ls -A / > /fairlead-out/root; touch /fairlead-out/seen
           until grep -q green /etc/fairlead-app/colour; do sleep 0.1; done
           cat /etc/fairlead-app/colour > /fairlead-out/after; touch /fairlead-out/done
           exec sleep 1000`,
          {
            volumeMounts: [{ name: 'settings', mountPath: '/etc/fairlead-app' }],
            workingDir: '/fairlead-work/here',
          },
        ),
      ],
    });
    await until(() =>
      existsSync(join(rig.runDir, 'pods', pod(rig.kube, 'paths')?.metadata.uid ?? '', 'volumes/out/seen')),
    );
    const metadata = { name: 'settings', namespace: 'default' };
    rig.kube.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { colour: 'green' } });
    await until(() =>
      existsSync(join(rig.runDir, 'pods', pod(rig.kube, 'paths')?.metadata.uid ?? '', 'volumes/out/done')),
    );
    expect(read('paths', 'before')).toBe('blue');
    expect(read('paths', 'after')).toBe('green');
    expect(read('paths', 'machine')).toBe('/proc/self\n/usr\n');
    expect(read('paths', 'denied')).toMatch(/Read-only file system/);
    expect(read('paths', 'uid')).toBe(`${uid}\n`);
    expect(read('paths', 'cwd')).toBe('/fairlead-work/here\n');
    expect(read('paths', 'root')).not.toContain('.machine');
    for (const path of ['/fairlead-out', '/fairlead-work', '/etc/fairlead-app'])
      expect(existsSync(path)).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(rig.runDir);
  });

  it('gives a client the credentials of its account where every pod has them', async () => {
    const code = `import('${DISCOVERY}').then(({ loadAccess }) => {
      const { origin, namespace, user } = loadAccess({});
      require('node:fs').writeFileSync('/fairlead-out/access', JSON.stringify({ origin, namespace, user, kubeconfig: process.env.KUBECONFIG }));
      setInterval(() => {}, 1000);
    });`;
    putPod(rig.kube, 'account', {
      serviceAccountName: 'robot',
      volumes: [out],
      containers: [
        {
          ...shell(''),
          command: ['node', '-e', code],
          readinessProbe: { exec: { command: ['test', '-s', '/fairlead-out/access'] } },
        },
      ],
    });
    await until(() => condition(rig.kube, 'account', 'Ready') === 'True');
    const access = JSON.parse(read('account', 'access'));
    expect(access.origin).toBe(`in-cluster token file ${ACCOUNT}/token`);
    expect(access).toMatchObject({ namespace: 'default' });
    expect(access).not.toHaveProperty('kubeconfig');
  });

  it('runs probes and hooks where the container is', async () => {
    const exec = (command: string) => ({ exec: { command: ['sh', '-c', command] } });
    putPod(rig.kube, 'beside', {
      volumes: [out],
      containers: [
        shell('sleep 1000', {
          lifecycle: { postStart: exec('pwd > /fairlead-out/hook') },
          readinessProbe: exec(`test -s ${ACCOUNT}/token -a -s /fairlead-out/hook`),
          workingDir: '/fairlead-out',
        }),
      ],
    });
    await until(() => condition(rig.kube, 'beside', 'Ready') === 'True');
    expect(read('beside', 'hook')).toBe('/fairlead-out\n');
  });

  it('may have a volume where the volumes of all pods are', async () => {
    putPod(rig.kube, 'hiding', {
      volumes: [
        out,
        { name: 'scratch', emptyDir: {} },
        { name: 'settings', configMap: { name: 'settings' } },
      ],
      containers: [
        shell(
          `ls -A ${tmpdir()} > /fairlead-out/listed; cat ${tmpdir()}/conf/colour ${ACCOUNT}/namespace > /fairlead-out/words; touch /fairlead-out/done; sleep 1000`,
          {
            volumeMounts: [
              { name: 'scratch', mountPath: tmpdir() },
              { name: 'settings', mountPath: `${tmpdir()}/conf` },
            ],
            readinessProbe: { exec: { command: ['test', '-e', '/fairlead-out/done'] } },
            workingDir: '/',
          },
        ),
      ],
    });
    await until(() => condition(rig.kube, 'hiding', 'Ready') === 'True');
    expect(read('hiding', 'listed')).toBe('conf\n');
    expect(read('hiding', 'words')).toMatch(/^(blue|green)default$/);
  });

  it('may have a terminal', async () => {
    putPod(rig.kube, 'terminal', {
      volumes: [out],
      containers: [
        shell('tty > /fairlead-out/tty; sleep 1000', {
          ...{ tty: true, stdin: true },
          readinessProbe: { exec: { command: ['test', '-s', '/fairlead-out/tty'] } },
        }),
      ],
    });
    await until(() => condition(rig.kube, 'terminal', 'Ready') === 'True');
    expect(read('terminal', 'tty')).toMatch(/^\/dev\/pts\/\d+\n$/);
  });

  it('ends with its process, which gets its signals, and leaves nothing', async () => {
    putPod(rig.kube, 'ends', {
      volumes: [out],
      containers: [
        {
          ...shell(''),
          command: ['node', '-e', `${STAY}; require('node:fs').writeFileSync('/fairlead-out/up', '')`],
          readinessProbe: { exec: { command: ['test', '-e', '/fairlead-out/up'] } },
        },
      ],
    });
    await until(() => condition(rig.kube, 'ends', 'Ready') === 'True');
    const pid = pidOf(pod(rig.kube, 'ends'));
    // The volume outlives the run.
    rmSync(join(rig.runDir, 'pods', pod(rig.kube, 'ends')?.metadata.uid ?? '', 'volumes/out/up'));
    rig.agent.kill('default', 'ends');
    await until(() => first('ends')?.restartCount === 1 && condition(rig.kube, 'ends', 'Ready') === 'True');
    expect(readStat(pid)).toBe(undefined);
    const second = pidOf(pod(rig.kube, 'ends'));
    rig.kube.deletePod('default', 'ends', 30);
    await until(() => pod(rig.kube, 'ends') === undefined);
    expect(runs(second)).toBe(false);
    const last = rig.kube.removed.findLast(({ metadata }) => metadata.name === 'ends');
    expect(last?.status).toMatchObject({ phase: 'Succeeded' });
  });

  it('says what cannot be started or mounted', async () => {
    putPod(rig.kube, 'no-command', {
      restartPolicy: 'Never',
      volumes: [out],
      containers: [{ ...shell(''), command: ['/no/such/file'] }],
    });
    await until(() => pod(rig.kube, 'no-command')?.status?.phase === 'Failed');
    expect(first('no-command')?.state.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: 'exec: "/no/such/file": executable file not found in $PATH',
    });
    putPod(rig.kube, 'no-mount', {
      volumes: [out],
      containers: [shell('', { volumeMounts: [{ name: 'out', mountPath: '/etc/passwd' }] })],
    });
    await until(() => first('no-mount')?.state.waiting?.reason === 'CreateContainerConfigError');
    const text = 'mountPath "/etc/passwd": there is a file on this machine';
    await until(() => eventsOf(rig.kube, 'no-mount').some((event) => event.includes(text)));
  });
});
