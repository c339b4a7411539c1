import { KubeError } from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import { FakeKube } from '../../test/fake-kube.js';
import { KUBERNETES_VERSION } from '../kubernetes-version.js';
import type { Node, NodeCondition } from './node-object.js';
import { registerNode } from './node-registration.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function bench() {
  const kube = new FakeKube();
  const clock = new VirtualClock();
  const abort = new AbortController();
  let backs = 0;
  const onBack = (): void => void backs++;
  const node = { nodeName: 'n', zone: 'z', hostIP: '10.0.0.9', kubeletPort: 10_250, maxPods: 10 };
  await registerNode({ client: kube, clock, logger: quiet, signal: abort.signal, node, onBack });
  await clock.advance(0);
  const stored = () => kube.find<Node>('nodes', '', 'n');
  const condition = (type: string) => stored()?.status?.conditions?.find((found) => found.type === type);
  const renewTime = () => JSON.stringify(kube.find('leases', 'kube-node-lease', 'n')?.spec);
  return { kube, clock, abort, stored, condition, renewTime, backs: () => backs };
}

/** What the node lifecycle controller makes of a silent node. */
function silence(kube: FakeKube, node: Node): void {
  const unknown = (condition: NodeCondition): NodeCondition => ({
    ...condition,
    status: 'Unknown',
    lastTransitionTime: 'then',
  });
  const conditions = node.status?.conditions?.map(unknown) ?? [];
  kube.put('nodes', { ...node, status: { ...node.status, conditions } });
}

it('reports the version of the API server', async () => {
  const { stored } = await bench();
  expect(JSON.stringify(stored())).toContain(`"kubeletVersion":"${KUBERNETES_VERSION}"`);
});

it('renews the lease every 10 s and the status every 5 min', async () => {
  const { kube, clock, condition, renewTime } = await bench();
  const since = condition('Ready')?.lastTransitionTime;
  const [first, { patches }] = [renewTime(), kube];
  await clock.advance(10_000);
  expect(renewTime()).not.toBe(first);
  await clock.advance(290_000);
  expect(kube.patches - patches).toBe(31);
  expect(condition('Ready')).toMatchObject({ status: 'True', lastTransitionTime: since });
  expect(JSON.stringify(condition('Ready'))).toContain('"lastHeartbeatTime":"2030-01-01T00:05:00Z"');
});

it('is Ready again at the next renewal after it was taken for dead', async () => {
  const { kube, clock, stored, condition } = await bench();
  silence(kube, stored()!);
  await clock.advance(10_000);
  for (const type of ['Ready', 'MemoryPressure']) {
    expect(condition(type)).toMatchObject({
      status: type === 'Ready' ? 'True' : 'False',
      lastTransitionTime: '2030-01-01T00:00:10Z',
    });
  }
});

it('is Ready again within a second of the end of an outage, and says once that it is over', async () => {
  const { kube, clock, stored, condition, backs } = await bench();
  kube.trouble = new Error('connect ECONNREFUSED');
  await clock.advance(90_000);
  kube.trouble = undefined;
  silence(kube, stored()!);
  await clock.advance(1000);
  expect(condition('Ready')?.status).toBe('True');
  await clock.advance(60_000);
  expect(backs()).toBe(1);
});

it('stays deleted when someone deletes the Node, and serves one that is made again', async () => {
  const { kube, clock, stored, condition, backs } = await bench();
  kube.remove('nodes', '', 'n');
  kube.remove('leases', 'kube-node-lease', 'n');
  await clock.advance(60_000);
  expect([stored(), kube.all('leases')]).toEqual([undefined, []]);
  kube.put('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  await clock.advance(10_000);
  expect(condition('Ready')?.status).toBe('True');
  expect(kube.all('leases')).toHaveLength(1);
  expect(backs()).toBe(0);
});

it('ends with its signal', async () => {
  const { kube, clock, abort } = await bench();
  kube.trouble = new KubeError(403, 'forbidden');
  await clock.advance(10_000);
  abort.abort();
  await clock.advance(0);
  expect(clock.pending).toBe(0);
});
