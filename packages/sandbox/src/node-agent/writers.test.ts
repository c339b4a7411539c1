import { KubeError } from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { settle, VirtualClock } from '../../test/doubles/virtual-clock.js';
import { FakeKube } from '../../test/fake-kube.js';
import { EventRecorder } from './events.js';
import type { Pod, PodStatus } from './pod.js';
import { StatusWriter } from './status-writer.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function bench() {
  const kube = new FakeKube();
  const clock = new VirtualClock();
  const stored = kube.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [] },
  });
  const abort = new AbortController();
  const pod = stored as Pod;
  const writer = new StatusWriter({ client: kube, clock, logger: quiet, pod, signal: abort.signal });
  const phase = (): PodStatus['phase'] => kube.find<Pod>('pods', 'ns', 'p')?.status?.phase;
  return { kube, clock, pod, writer, abort, phase };
}

it('writes what changes in one tick in one request, and nothing twice', async () => {
  const { kube, writer, phase } = bench();
  const patches = kube.patches;
  writer.set({ phase: 'Pending' });
  writer.set({ phase: 'Running' });
  await writer.flush();
  expect(phase()).toBe('Running');
  writer.set({ phase: 'Running' });
  await writer.flush();
  expect(kube.patches - patches).toBe(1);
});

it('writes the newest status again until the API server takes it', async () => {
  const { kube, clock, writer, phase } = bench();
  kube.trouble = new KubeError(500, 'no');
  writer.set({ phase: 'Pending' });
  await clock.advance(10_000);
  expect(kube.refused).toBeGreaterThan(4);
  writer.set({ phase: 'Failed' });
  kube.trouble = undefined;
  await clock.advance(5000);
  await writer.flush();
  expect(phase()).toBe('Failed');
});

it('never touches a pod of the same name that came later, and ends when the pod is gone', async () => {
  const { kube, clock, writer, phase } = bench();
  kube.remove('pods', 'ns', 'p');
  kube.put('pods', { metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [] } });
  writer.set({ phase: 'Running' });
  await writer.flush();
  expect(phase()).toBe(undefined);
  expect(clock.pending).toBe(0);
});

/** Another client writes over the status. */
function overwrite(kube: FakeKube, phase: PodStatus['phase']): Pod {
  const stored = kube.find<Pod>('pods', 'ns', 'p')!;
  return kube.put('pods', { ...stored, status: { ...stored.status, phase } }) as Pod;
}

it('writes over a status that someone else wrote', async () => {
  const { kube, clock, writer, phase } = bench();
  writer.set({ phase: 'Running' });
  await writer.flush();
  writer.observe(overwrite(kube, 'Pending'));
  await clock.advance(0);
  expect(phase()).toBe('Running');
  expect(clock.pending).toBe(0);
});

it('writes over it also when it is seen while a write is under way', async () => {
  const { kube, clock, writer, phase } = bench();
  writer.set({ phase: 'Running' });
  await writer.flush();
  kube.trouble = new Error('down');
  writer.set({ phase: 'Running', message: 'new' });
  await settle();
  kube.trouble = undefined;
  await clock.advance(100);
  writer.observe(overwrite(kube, 'Pending'));
  await writer.flush();
  await clock.advance(0);
  expect(phase()).toBe('Running');
});

it('takes a late event about an older status for what it is', async () => {
  const { kube, clock, writer } = bench();
  writer.set({ phase: 'Pending' });
  await writer.flush();
  const older = kube.find<Pod>('pods', 'ns', 'p')!;
  writer.set({ phase: 'Running' });
  await writer.flush();
  const { patches } = kube;
  writer.observe(older);
  writer.observe(kube.find<Pod>('pods', 'ns', 'p')!);
  await clock.advance(60_000);
  expect(kube.patches).toBe(patches);
});

it('answers whoever insists on another status ever more slowly, every 10 s at last', async () => {
  const { kube, clock, writer } = bench();
  writer.set({ phase: 'Running' });
  await writer.flush();
  const { patches } = kube;
  for (let second = 0; second < 100; second++) {
    writer.observe(overwrite(kube, 'Pending'));
    await clock.advance(1000);
  }
  expect(kube.patches - patches).toBeLessThan(16);
  expect(kube.patches - patches).toBeGreaterThan(9);
});

it('waits for the API server no longer than it is asked to, and leaves no timer', async () => {
  const { kube, clock, writer } = bench();
  writer.set({ phase: 'Pending' });
  await writer.flushWithin(500);
  expect(clock.pending).toBe(0);
  kube.trouble = new Error('down');
  writer.set({ phase: 'Running' });
  let over = false;
  void writer.flushWithin(500).then(() => {
    over = true;
  });
  await clock.advance(499);
  expect(over).toBe(false);
  await clock.advance(1);
  expect(over).toBe(true);
});

it('ends with its signal', async () => {
  const { kube, clock, writer, abort } = bench();
  kube.trouble = new Error('down');
  writer.set({ phase: 'Running' });
  await settle();
  abort.abort();
  await writer.flush();
  expect(clock.pending).toBe(0);
});

it('counts an Event that repeats, and writes another one when someone deleted it', async () => {
  const { kube, clock, pod } = bench();
  const events = new EventRecorder({ client: kube, nodeName: 'n', clock, logger: quiet });
  const event = { type: 'Warning', reason: 'BackOff', message: 'again', container: 'c' } as const;
  events.emit(pod, event);
  events.emit(pod, event);
  events.emit(pod, { ...event, message: 'other' });
  await settle();
  expect(kube.all('events').map(({ message, count }) => [message, count])).toEqual([
    ['again', 2],
    ['other', 1],
  ]);
  expect(kube.all('events')[0]).toMatchObject({
    involvedObject: { kind: 'Pod', name: 'p', uid: pod.metadata.uid, fieldPath: 'spec.containers{c}' },
    source: { component: 'kubelet', host: 'n' },
    type: 'Warning',
  });
  kube.remove('events', 'ns', kube.all('events')[0]?.metadata.name ?? '');
  events.emit(pod, event);
  await settle();
  expect(kube.all('events').map(({ message, count }) => [message, count])).toEqual([
    ['other', 1],
    ['again', 1],
  ]);
});

it('keeps Events through an outage, but not without end, and drops those of a namespace that ends', async () => {
  const { kube, clock, pod } = bench();
  const events = new EventRecorder({ client: kube, nodeName: 'n', clock, logger: quiet });
  kube.trouble = new Error('down');
  for (let n = 0; n < 600; n++) events.emit(pod, { type: 'Normal', reason: 'R', message: String(n) });
  await clock.advance(3000);
  kube.trouble = undefined;
  await clock.advance(10_000);
  const messages = kube.all('events').map(({ message }) => message);
  expect(messages).toHaveLength(501);
  expect(messages.at(-1)).toBe('599');
  kube.trouble = new KubeError(403, 'namespace is being terminated');
  const { refused } = kube;
  events.emit(pod, { type: 'Normal', reason: 'R', message: 'late' });
  await settle();
  expect(kube.refused - refused).toBe(1);
  expect(clock.pending).toBe(0);
  events.close();
  events.emit(pod, { type: 'Normal', reason: 'R', message: 'closed' });
  await settle();
  expect(kube.refused - refused).toBe(1);
});
