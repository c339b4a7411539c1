import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Container, Pod } from '../src/node-agent/pod.js';
import {
  condition,
  eventsOf,
  pidOf,
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

const status = (name: string) => pod(rig.kube, name)?.status;
const init = (name: string, index: number) => status(name)?.initContainerStatuses?.[index];
const lastStatus = (name: string) =>
  (rig.kube.removed.findLast(({ metadata }) => metadata.name === name) as Pod | undefined)?.status;

/** Writes a word to the file that all containers of the pod share. */
const note = (word: string): string =>
  `require('node:fs').appendFileSync(process.env.POD_ROOT + '/out/order', '${word} ');`;
const out = { volumeMounts: [{ name: 'out', mountPath: '/out' }] };
const volumes = [{ name: 'out', emptyDir: {} }];
const sidecar = (name: string, code: string, more: Partial<Container> = {}): Container =>
  script(code, { name, restartPolicy: 'Always', ...out, ...more });
/** Stays until SIGTERM, and notes its end. */
const noteEnd = (word: string): string =>
  `process.on('SIGTERM', () => { ${note(word)} process.exit(0); }); setInterval(() => {}, 1000);`;
/** An exec probe that succeeds when the word stands in the shared file. */
const noted = (word: string) => ({
  exec: { command: ['sh', '-c', `grep -q ${word} "$POD_ROOT/out/order"`] },
  periodSeconds: 1,
});
const order = (name: string, uid = pod(rig.kube, name)?.metadata.uid ?? ''): string =>
  readFileSync(join(rig.runDir, 'pods', uid, 'volumes/out/order'), 'utf8').trim();

it('restarts an init container that fails until it succeeds; only then the next one runs', async () => {
  const tries = (count: number) => `
    const fs = require('node:fs'); const file = process.env.POD_ROOT + '/out/tries';
    fs.appendFileSync(file, 'x');
    process.exitCode = fs.readFileSync(file, 'utf8').length < ${count} ? 5 : 0;`;
  putPod(rig.kube, 'tries', {
    restartPolicy: 'OnFailure',
    volumes,
    initContainers: [script(tries(3), { name: 'one', ...out }), script(note('two'), { name: 'two', ...out })],
    containers: [script(STAY)],
  });
  await until(() => init('tries', 0)?.state.waiting?.reason === 'CrashLoopBackOff');
  expect(init('tries', 0)).toMatchObject({ ready: false, lastState: { terminated: { exitCode: 5 } } });
  expect(init('tries', 1)?.state.waiting?.reason).toBe('PodInitializing');
  expect(status('tries')).toMatchObject({
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
  });
  expect(condition(rig.kube, 'tries', 'Initialized')).toBe('False');
  await until(() => condition(rig.kube, 'tries', 'Ready') === 'True');
  expect(init('tries', 0)).toMatchObject({ ready: true, started: false, restartCount: 2 });
  expect(init('tries', 1)).toMatchObject({ ready: true, started: false, restartCount: 0 });
  expect(order('tries')).toBe('two');
});

it('is not ready while an ordinary init container runs', async () => {
  putPod(rig.kube, 'slow', {
    initContainers: [script(STAY, { name: 'one' })],
    containers: [script(STAY)],
  });
  await until(() => init('slow', 0)?.started);
  expect(init('slow', 0)).toMatchObject({ ready: false, state: { running: {} } });
});

it('counts the readiness of a sidecar, and starts what follows after its startup probe', async () => {
  putPod(rig.kube, 'gated', {
    volumes,
    initContainers: [
      sidecar('proxy', `setTimeout(() => { ${note('up')} }, 200); ${STAY}`, {
        startupProbe: noted('up'),
        readinessProbe: noted('main'),
      }),
      script(note('init'), { name: 'init', ...out }),
    ],
    containers: [script(`${note('main')} ${STAY}`, out)],
  });
  await until(() => condition(rig.kube, 'gated', 'Ready') === 'True');
  expect(order('gated')).toBe('up init main');
  expect(init('gated', 0)).toMatchObject({ ready: true, started: true, state: { running: {} } });
});

it('starts a sidecar again whatever the policy of the pod says, while the main container goes on', async () => {
  putPod(rig.kube, 'again', {
    restartPolicy: 'Never',
    volumes,
    initContainers: [sidecar('proxy', `setTimeout(() => process.exit(0), 200); ${STAY}`)],
    containers: [script(STAY)],
  });
  await until(() => (init('again', 0)?.restartCount ?? 0) >= 2);
  expect(status('again')).toMatchObject({ phase: 'Running', containerStatuses: [{ restartCount: 0 }] });
});

it('ends sidecars after the main container, the last one first, and runs their preStop at once', async () => {
  const { uid = '' } = putPod(rig.kube, 'ending', {
    volumes,
    initContainers: [
      sidecar('one', noteEnd('one'), {
        lifecycle: {
          preStop: { exec: { command: ['sh', '-c', 'printf "hook " >> "$POD_ROOT/out/order"'] } },
        },
      }),
      sidecar('two', noteEnd('two')),
    ],
    containers: [
      script(
        `process.on('SIGTERM', () => setTimeout(() => { ${note('main')} process.exit(0); }, 500));
         setInterval(() => {}, 1000); ${note('up')}`,
        { ...out, readinessProbe: noted('up') },
      ),
    ],
    terminationGracePeriodSeconds: 30,
  }).metadata;
  // Its end is seen from outside: the folder goes with the pod.
  await until(() => condition(rig.kube, 'ending', 'Ready') === 'True');
  const words: string[] = [];
  rig.kube.deletePod('default', 'ending', 30);
  await until(() => {
    if (pod(rig.kube, 'ending') === undefined) return true;
    const now = order('ending', uid);
    if (now !== words.at(-1)) words.push(now);
    return false;
  });
  expect(words.at(-1)).toMatch(/^up hook main two( one)?$/);
  expect(lastStatus('ending')?.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode)).toEqual(
    [0, 0],
  );
  expect(eventsOf(rig.kube, 'ending')).toContain('Killing: Stopping container one');
});

it('does not start a sidecar again that ends while the pod ends', async () => {
  putPod(rig.kube, 'no-more', {
    volumes,
    initContainers: [sidecar('proxy', STAY)],
    containers: [
      script(
        "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 700)); setInterval(() => {}, 1000)",
      ),
    ],
    terminationGracePeriodSeconds: 30,
  });
  await until(() => condition(rig.kube, 'no-more', 'Ready') === 'True');
  const id = init('no-more', 0)?.containerID ?? '';
  rig.kube.deletePod('default', 'no-more', 30);
  await until(() => eventsOf(rig.kube, 'no-more').includes('Killing: Stopping container proxy'));
  process.kill(Number(id.replace('process://', '')), 'SIGKILL');
  await until(() => init('no-more', 0)?.state.terminated || pod(rig.kube, 'no-more') === undefined);
  await until(() => pod(rig.kube, 'no-more') === undefined);
  expect(lastStatus('no-more')?.initContainerStatuses?.[0]).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 137 } },
  });
});

it('ends the sidecars of a pod whose work is done', async () => {
  putPod(rig.kube, 'done', {
    restartPolicy: 'Never',
    volumes,
    initContainers: [sidecar('proxy', noteEnd('proxy'), { readinessProbe: noted('work') })],
    containers: [script(note('work'), out)],
  });
  await until(() => status('done')?.phase === 'Succeeded' && init('done', 0)?.state.terminated);
  expect(init('done', 0)).toMatchObject({ ready: false, restartCount: 0 });
  expect(pidOf(pod(rig.kube, 'done'))).toBeGreaterThan(0);
});
