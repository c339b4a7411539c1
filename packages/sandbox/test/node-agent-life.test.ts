import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Pod } from '../src/node-agent/pod.js';
import { readStat } from '../src/reaper/proc.js';
import {
  condition,
  eventsOf,
  isFree,
  pidOf,
  pod,
  putPod,
  type Rig,
  runs,
  STAY,
  script,
  startRig,
  until,
  upScript,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const status = (name: string) => pod(rig.kube, name)?.status;
const lastStatus = (name: string) =>
  (rig.kube.removed.findLast(({ metadata }) => metadata.name === name) as Pod | undefined)?.status;
const first = (name: string) => status(name)?.containerStatuses?.[0];

it('registers its node as Ready, with zone, addresses, log port and a lease', async () => {
  const node = rig.kube.find('nodes', '', 'node-a');
  expect(node?.metadata.labels).toMatchObject({
    'kubernetes.io/hostname': 'node-a',
    'topology.kubernetes.io/zone': 'zone-a',
    'kubernetes.io/os': 'linux',
  });
  expect(node?.status).toMatchObject({
    daemonEndpoints: { kubeletEndpoint: { Port: rig.agent.port } },
    capacity: { pods: '254' },
  });
  expect(JSON.stringify(node?.status)).toContain('"type":"Ready","status":"True"');
  await until(() => rig.kube.find('leases', 'kube-node-lease', 'node-a'));
  const lease = rig.kube.find('leases', 'kube-node-lease', 'node-a');
  expect(lease?.spec).toMatchObject({ holderIdentity: 'node-a', leaseDurationSeconds: 40 });
});

it('takes many pods that it never ran out of the API without a warning of Node', async () => {
  const warnings: string[] = [];
  const keep = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', keep);
  const names = Array.from({ length: 20 }, (_, n) => `gone-${n}`);
  const { refused } = rig.kube;
  rig.kube.trouble = new Error('the API server is away');
  for (const name of names) {
    const metadata = { name, namespace: 'default', deletionTimestamp: '2030-01-01T00:00:00Z' };
    rig.kube.put('pods', { metadata, spec: { containers: [], nodeName: 'node-a' } });
  }
  await until(() => rig.kube.refused >= refused + names.length);
  rig.kube.trouble = undefined;
  await until(() => names.every((name) => pod(rig.kube, name) === undefined));
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});

it('runs init containers in order before the containers, and waits for a sidecar to start', async () => {
  const note = (word: string) =>
    `require('node:fs').appendFileSync(process.env.POD_ROOT + '/out/order', '${word} ')`;
  const mount = { volumeMounts: [{ name: 'out', mountPath: '/out' }] };
  putPod(rig.kube, 'ordered', {
    restartPolicy: 'Never',
    volumes: [{ name: 'out', emptyDir: {} }],
    initContainers: [
      script(note('one'), { name: 'one', ...mount }),
      script(`${note('sidecar')}; ${STAY}`, {
        name: 'sidecar',
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['sh', '-c', 'grep -q sidecar "$POD_ROOT/out/order"'] } },
        ...mount,
      }),
      script(note('two'), { name: 'two', ...mount }),
    ],
    containers: [
      script(
        `${note('main')}; console.log(require('node:fs').readFileSync(process.env.POD_ROOT + '/out/order', 'utf8')); process.exitCode = /^one sidecar two main $/.test(require('node:fs').readFileSync(process.env.POD_ROOT + '/out/order', 'utf8')) ? 0 : 1`,
        mount,
      ),
    ],
  });
  await until(() => status('ordered')?.phase === 'Succeeded');
  await until(() => status('ordered')?.initContainerStatuses?.[1]?.state.terminated);
  expect(status('ordered')?.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode)).toEqual([
    0, 0, 0,
  ]);
  expect(condition(rig.kube, 'ordered', 'Initialized')).toBe('True');
});

it('fails a pod for good when an init container fails and the policy is Never', async () => {
  putPod(rig.kube, 'init-fails', {
    restartPolicy: 'Never',
    initContainers: [script('process.exit(3)', { name: 'init' })],
    containers: [script(STAY)],
  });
  await until(() => status('init-fails')?.phase === 'Failed');
  expect(status('init-fails')?.initContainerStatuses?.[0]?.state.terminated).toMatchObject({
    exitCode: 3,
    reason: 'Error',
  });
  expect(first('init-fails')?.state.waiting?.reason).toBe('PodInitializing');
  expect(condition(rig.kube, 'init-fails', 'Initialized')).toBe('False');
});

it('restarts a crashing container with back-off, shows CrashLoopBackOff and counts', async () => {
  putPod(rig.kube, 'crash', { containers: [script("console.log('boom'); process.exit(7)")] });
  await until(() => first('crash')?.state.waiting?.reason === 'CrashLoopBackOff');
  await until(() => (first('crash')?.restartCount ?? 0) >= 2);
  expect(first('crash')?.lastState.terminated).toMatchObject({ exitCode: 7, reason: 'Error' });
  const { uid } = pod(rig.kube, 'crash')?.metadata ?? {};
  const text = `BackOff: Back-off restarting failed container app in pod crash_default(${uid})`;
  await until(() => eventsOf(rig.kube, 'crash').includes(text));
  rig.kube.deletePod('default', 'crash', 5);
  await until(() => pod(rig.kube, 'crash') === undefined);
});

it('does not restart a finished container of policy OnFailure', async () => {
  putPod(rig.kube, 'job', { restartPolicy: 'OnFailure', containers: [script('process.exit(0)')] });
  await until(() => status('job')?.phase === 'Succeeded');
  expect(first('job')?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect(status('job')?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('PodCompleted');
});

it('is unready in the moment a container is killed, and starts it again', async () => {
  putPod(rig.kube, 'killed', { containers: [script(STAY)] });
  await until(() => condition(rig.kube, 'killed', 'Ready') === 'True');
  const pid = pidOf(pod(rig.kube, 'killed'));
  expect(rig.agent.kill('default', 'killed')).toBe(true);
  await until(() => first('killed')?.restartCount === 1 && condition(rig.kube, 'killed', 'Ready') === 'True');
  expect(first('killed')?.lastState.terminated?.exitCode).toBe(137);
  expect(pidOf(pod(rig.kube, 'killed'))).not.toBe(pid);
  expect(rig.agent.kill('default', 'nobody')).toBe(false);
});

it('fails a pod that is active for longer than activeDeadlineSeconds', async () => {
  putPod(rig.kube, 'tardy', { containers: [script(STAY)], activeDeadlineSeconds: 1 });
  await until(() => status('tardy')?.phase === 'Running');
  await until(() => status('tardy')?.phase === 'Failed');
  expect(status('tardy')).toMatchObject({
    reason: 'DeadlineExceeded',
    containerStatuses: [{ restartCount: 0, state: { terminated: {} } }],
  });
  const text = 'DeadlineExceeded: Pod was active on the node longer than the specified deadline';
  await until(() => eventsOf(rig.kube, 'tardy').includes(text));
});

it('ends the processes of a pod that someone else declares failed, and leaves the phase', async () => {
  const running = putPod(rig.kube, 'evicted', { containers: [script(STAY)] });
  await until(() => status('evicted')?.phase === 'Running');
  const pid = pidOf(pod(rig.kube, 'evicted'));
  rig.kube.put('pods', { ...running, status: { ...status('evicted'), phase: 'Failed', reason: 'Evicted' } });
  await until(() => first('evicted')?.state.terminated);
  expect(runs(pid)).toBe(false);
  expect(status('evicted')).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
});

it('kills a program that ignores SIGTERM when its grace is over, and its descendants with it', async () => {
  const deaf = "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000);";
  const port = 23_456;
  const child = `${deaf} require('node:net').createServer().listen(${port}, () => process.stdout.write('up'))`;
  const parent = `${deaf} require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}])`;
  const readinessProbe = { tcpSocket: { port } };
  putPod(rig.kube, 'deaf', { containers: [script(parent, { readinessProbe })] });
  await until(() => condition(rig.kube, 'deaf', 'Ready') === 'True');
  const pid = pidOf(pod(rig.kube, 'deaf'));
  const ip = status('deaf')?.podIP ?? '';
  rig.kube.deletePod('default', 'deaf', 1);
  await until(() => pod(rig.kube, 'deaf') === undefined);
  expect(runs(pid)).toBe(false);
  expect(await isFree(ip, port)).toBe(true);
  expect(lastStatus('deaf')?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(137);
});

it('ends with its first process what has left its process group', async () => {
  const file = 'process.env.POD_ROOT + "/escaped"';
  const escaped = `require('node:fs').writeFileSync(${file}, String(process.pid)); setInterval(() => {}, 1000)`;
  const parent = `
    const options = { detached: true, stdio: 'ignore' };
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(escaped)}], options).unref();
    setInterval(() => {}, 1000);`;
  putPod(rig.kube, 'daemon', { containers: [script(parent)], terminationGracePeriodSeconds: 1 });
  const pidInFile = (): number => {
    const path = join(rig.runDir, 'pods', pod(rig.kube, 'daemon')?.metadata.uid ?? '', 'containers/app/root');
    return existsSync(`${path}/escaped`) ? Number(readFileSync(`${path}/escaped`, 'utf8')) : 0;
  };
  await until(() => pidInFile() > 0);
  const first = pidInFile();
  rig.agent.kill('default', 'daemon');
  await until(() => status('daemon')?.containerStatuses?.[0]?.restartCount === 1);
  await until(() => readStat(first) === undefined);
  await until(() => pidInFile() !== first);
  const second = pidInFile();
  rig.kube.deletePod('default', 'daemon', 1);
  await until(() => pod(rig.kube, 'daemon') === undefined);
  await until(() => readStat(second) === undefined);
});

it('kills a pod that was deleted by force, and shortens a grace that has begun', async () => {
  const deaf = upScript("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
  for (const name of ['forced', 'hurried']) putPod(rig.kube, name, { containers: [deaf] });
  for (const name of ['forced', 'hurried']) await until(() => condition(rig.kube, name, 'Ready') === 'True');
  const pids = ['forced', 'hurried'].map((name) => pidOf(pod(rig.kube, name)));
  rig.kube.remove('pods', 'default', 'forced');
  rig.kube.deletePod('default', 'hurried', 300);
  await until(() => eventsOf(rig.kube, 'hurried').includes('Killing: Stopping container app'));
  rig.kube.remove('pods', 'default', 'hurried');
  await until(() => !pids.some(runs));
});

it('runs preStop before SIGTERM and keeps probing readiness meanwhile', async () => {
  const code = `
    const fs = require('node:fs');
    const file = process.env.POD_ROOT + '/stopping';
    process.on('SIGTERM', () => process.exit(fs.existsSync(file) ? 0 : 1));
    setInterval(() => {}, 1000);`;
  putPod(rig.kube, 'hooked', {
    containers: [
      upScript(code, {
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'touch "$POD_ROOT/stopping"; sleep 1.5'] } } },
        readinessProbe: {
          exec: { command: ['sh', '-c', 'test -e "$POD_ROOT/up" -a ! -e "$POD_ROOT/stopping"'] },
          periodSeconds: 1,
          failureThreshold: 1,
        },
      }),
    ],
  });
  await until(() => condition(rig.kube, 'hooked', 'Ready') === 'True');
  rig.kube.deletePod('default', 'hooked', 10);
  await until(() => condition(rig.kube, 'hooked', 'Ready') === 'False' && first('hooked')?.state.running);
  await until(() => pod(rig.kube, 'hooked') === undefined);
  expect(lastStatus('hooked')).toMatchObject({
    phase: 'Succeeded',
    containerStatuses: [{ state: { terminated: { exitCode: 0 } } }],
  });
});

it('ends the commands of probes and hooks with their container', async () => {
  const lasting = (file: string) => ({
    exec: { command: ['sh', '-c', `echo $$ > "$POD_ROOT/${file}"; exec sleep 1000`] },
  });
  putPod(rig.kube, 'commands', {
    containers: [
      script(STAY, {
        lifecycle: { preStop: lasting('hook') },
        readinessProbe: { ...lasting('probe'), timeoutSeconds: 1000 },
      }),
    ],
  });
  const pidIn = (file: string): number => {
    const uid = pod(rig.kube, 'commands')?.metadata.uid ?? '';
    const path = join(rig.runDir, 'pods', uid, 'containers/app/root', file);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  };
  await until(() => pidIn('probe') > 0);
  rig.kube.deletePod('default', 'commands', 60);
  await until(() => pidIn('hook') > 0);
  const pids = [pidIn('probe'), pidIn('hook')];
  expect(pids.every(runs)).toBe(true);
  rig.agent.kill('default', 'commands');
  await until(() => pod(rig.kube, 'commands') === undefined && !pids.some(runs));
});

it('restarts a container whose liveness probe fails', async () => {
  const code = `
    const fs = require('node:fs');
    const file = process.env.POD_ROOT + '/sick';
    process.on('SIGTERM', () => process.exit(0));
    if (!fs.existsSync(file)) fs.writeFileSync(file, '1'); else fs.writeFileSync(file, '');
    setInterval(() => {}, 1000);`;
  putPod(rig.kube, 'sick', {
    containers: [
      script(code, {
        livenessProbe: {
          exec: { command: ['sh', '-c', 'test ! -s "$POD_ROOT/sick" || { echo too sick; exit 1; }'] },
          initialDelaySeconds: 1,
          periodSeconds: 1,
          failureThreshold: 1,
        },
      }),
    ],
  });
  await until(() => first('sick')?.restartCount === 1 && first('sick')?.state.running);
  const events = eventsOf(rig.kube, 'sick');
  expect(events).toContain('Unhealthy: Liveness probe failed: too sick');
  expect(events).toContain('Killing: Container app failed liveness probe, will be restarted');
});

it('does not start what was deleted before it was seen, and writes nothing to a later pod of that name', async () => {
  rig.kube.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'late', namespace: 'default', deletionTimestamp: new Date().toISOString() },
    spec: { nodeName: 'node-a', containers: [script(STAY)] },
  });
  await until(() => pod(rig.kube, 'late') === undefined);
  expect(eventsOf(rig.kube, 'late')).toEqual([]);
});

it('writes the status again when the API server comes back', async () => {
  putPod(rig.kube, 'outage', {
    containers: [script(`setTimeout(() => process.exit(4), 300)`)],
    restartPolicy: 'Never',
  });
  await until(() => status('outage')?.phase === 'Running');
  rig.kube.trouble = new Error('connect ECONNREFUSED');
  const ended = rig.kube.refused;
  await until(() => rig.kube.refused > ended);
  rig.kube.trouble = undefined;
  await until(() => status('outage')?.phase === 'Failed');
});
