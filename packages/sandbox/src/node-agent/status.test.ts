import { expect, it } from 'vitest';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from './pod.js';
import { podStatus, waitingStatus } from './status.js';

const NOW = Date.parse('2030-01-01T00:01:00Z');

const pod = (spec: Partial<PodSpec> = {}, more: Partial<Pod> = {}): Pod => ({
  metadata: { name: 'p', namespace: 'ns', uid: 'u' },
  spec: { containers: [{ name: 'a' }], ...spec },
  ...more,
});

const container = (name: string, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  ...waitingStatus({ name }, 'ContainerCreating'),
  ...more,
});

const terminated = (exitCode: number): Partial<ContainerStatus> => ({
  state: { terminated: { exitCode, reason: 'Error', startedAt: 's', finishedAt: 'f' } },
});
const running = (ready: boolean): Partial<ContainerStatus> => ({
  ready,
  started: true,
  state: { running: { startedAt: 's' } },
});

function status(
  of: Pod,
  containers: ContainerStatus[],
  more: { init?: ContainerStatus[]; previous?: PodStatus['conditions']; nowMs?: number } = {},
): PodStatus {
  const { init = [], previous = [], nowMs = NOW } = more;
  return podStatus({
    pod: of,
    podIP: '10.0.0.1',
    hostIP: '10.0.0.9',
    startTime: 't',
    init,
    containers,
    previous,
    nowMs,
  });
}

const of = (found: PodStatus, type: string) => found.conditions?.find((condition) => condition.type === type);

it.each<[string, PodSpec['restartPolicy'], Partial<ContainerStatus>[], string]>([
  ['one waits to be created', 'Always', [{}], 'Pending'],
  ['one runs', 'Always', [running(true)], 'Running'],
  ['one runs, one waits', 'Always', [running(true), {}], 'Running'],
  ['one crashed and waits', 'Always', [{ lastState: terminated(1).state! }], 'Running'],
  ['one succeeded and will be restarted', 'Always', [terminated(0)], 'Running'],
  ['all succeeded', 'OnFailure', [terminated(0), terminated(0)], 'Succeeded'],
  ['one failed and will be restarted', 'OnFailure', [terminated(1)], 'Running'],
  ['one failed for good', 'Never', [terminated(0), terminated(1)], 'Failed'],
])('has the right phase when %s (%s)', (_, restartPolicy, states, phase) => {
  const containers: Container[] = states.map((_state, index) => ({ name: `c${index}` }));
  const statuses = states.map((state, index) => container(`c${index}`, state));
  expect(status(pod({ restartPolicy, containers }), statuses).phase).toBe(phase);
});

it('is over when a pod that is deleted has no running container left', () => {
  const metadata = { name: 'p', namespace: 'ns', uid: 'u', deletionTimestamp: 'now' };
  expect(status(pod({}, { metadata }), [container('a', terminated(137))]).phase).toBe('Failed');
  expect(status(pod({}, { metadata }), [container('a', terminated(0))]).phase).toBe('Succeeded');
});

it('names the containers that are not ready', () => {
  const spec = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };
  const found = status(pod(spec), [
    container('a', running(true)),
    container('b', running(false)),
    container('c'),
  ]);
  expect(of(found, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [b c]',
  });
});

it('keeps lastTransitionTime until the status of a condition changes', () => {
  const first = status(pod(), [container('a', running(false))], { nowMs: NOW - 30_000 });
  const same = status(pod(), [container('a', running(false))], { previous: first.conditions });
  expect(of(same, 'Ready')?.lastTransitionTime).toBe('2030-01-01T00:00:30Z');
  const ready = status(pod(), [container('a', running(true))], { previous: same.conditions });
  expect(of(ready, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2030-01-01T00:01:00Z' });
  expect(of(ready, 'Initialized')?.lastTransitionTime).toBe('2030-01-01T00:00:30Z');
});

it('keeps the conditions of others and waits for readiness gates', () => {
  const spec = { readinessGates: [{ conditionType: 'example.com/gate' }] };
  const conditions = (value: 'True' | 'False') => ({
    status: {
      conditions: [
        { type: 'example.com/gate', status: value },
        { type: 'PodScheduled', status: 'True' as const, reason: 'x' },
      ],
    },
  });
  const closed = status(pod(spec, conditions('False')), [container('a', running(true))]);
  expect(of(closed, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
  expect(of(closed, 'ContainersReady')?.status).toBe('True');
  expect(of(closed, 'PodScheduled')).toEqual({ type: 'PodScheduled', status: 'True', reason: 'x' });
  const open = status(pod(spec, conditions('True')), [container('a', running(true))]);
  expect(of(open, 'Ready')?.status).toBe('True');
  expect(of(open, 'example.com/gate')?.status).toBe('True');
});

it('is initialized when init containers succeeded and sidecars started', () => {
  const spec: Partial<PodSpec> = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
  const waiting = [container('a')];
  const open = status(pod(spec), waiting, { init: [container('i', terminated(0)), container('s')] });
  expect(of(open, 'Initialized')).toMatchObject({
    status: 'False',
    message: 'containers with incomplete status: [s]',
  });
  const done = status(pod(spec), waiting, {
    init: [container('i', terminated(0)), container('s', running(true))],
  });
  expect(of(done, 'Initialized')?.status).toBe('True');
});

it('has the readiness of sidecars in that of the pod', () => {
  const spec: Partial<PodSpec> = { initContainers: [{ name: 's', restartPolicy: 'Always' }] };
  const found = status(pod(spec), [container('a', running(true))], {
    init: [container('s', running(false))],
  });
  expect(of(found, 'Ready')?.message).toBe('containers with unready status: [s]');
});

it.each([
  [{}, 'BestEffort'],
  [{ requests: { cpu: '1' } }, 'Burstable'],
  [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
])('finds the quality of service of %j', (resources, qosClass) => {
  const found = status(pod({ containers: [{ name: 'a', resources }] }), [container('a')]);
  expect(found.qosClass).toBe(qosClass);
});

it('has not ended while a sidecar runs', () => {
  const of = pod({ restartPolicy: 'Never', initContainers: [{ name: 's', restartPolicy: 'Always' }] });
  const done = [container('a', terminated(0))];
  expect(status(of, done, { init: [container('s', running(true))] }).phase).toBe('Running');
  expect(status(of, done, { init: [container('s', terminated(143))] }).phase).toBe('Succeeded');
});

it('is Failed for the reason that the agent gives, once nothing of it runs', () => {
  const failure = { reason: 'DeadlineExceeded', message: 'too long' };
  const found = (state: Partial<ContainerStatus>, stored?: PodStatus) =>
    podStatus({
      ...{ pod: pod({}, stored ? { status: stored } : {}), podIP: undefined, hostIP: 'h', startTime: 't' },
      ...{ init: [], containers: [container('a', state)], previous: [], failure, nowMs: NOW },
    });
  expect(found(running(true))).toMatchObject({ phase: 'Running' });
  expect(found(running(true))).not.toHaveProperty('reason');
  const failed = { phase: 'Failed', ...failure } as const;
  expect(found(terminated(0))).toMatchObject(failed);
  expect(found({})).toMatchObject(failed);
  expect(found(terminated(0), { phase: 'Failed' })).toMatchObject(failed);
});

it('keeps a phase that is final, also one that someone else declared', () => {
  const of = pod({}, { status: { phase: 'Failed' } });
  const found = status(of, [container('a', running(true))]);
  expect(found.phase).toBe('Failed');
  expect(found.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'PodFailed',
  });
});
