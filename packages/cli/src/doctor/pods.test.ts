import {
  type KubeClient,
  KubeError,
  type KubeObject,
  type RequestOptions,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { listPorts, lookAtPods } from './pods.js';

const QUERY = { namespace: 'shop', selector: { app: 'web', tier: 'front' } };
const denied = new KubeError(403, 'forbidden', { reason: 'Forbidden' });

/** An API server with these pods and Events, or one that refuses to list them. */
function cluster(pods: readonly KubeObject[] | Error, events: readonly KubeObject[] | Error = []) {
  const asked: unknown[] = [];
  const list = async ({ resource }: ResourceRef, { query = {} }: RequestOptions = {}) => {
    asked.push({ resource, ...query });
    const items = resource === 'pods' ? pods : events;
    if (items instanceof Error) throw items;
    return { metadata: {}, items };
  };
  // What it answers is of the kind that is asked for: no type can say so.
  return { client: { list: list as KubeClient['list'] }, asked };
}

const pod = (name: string, status: object, spec: object = {}): KubeObject => ({
  metadata: { name },
  spec,
  status,
});
const unhealthy = (name: string, message: string, lastTimestamp: string): KubeObject => ({
  metadata: { name: `${name}.1` },
  involvedObject: { name },
  message,
  lastTimestamp,
});
const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
const notReady = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [web]' }],
};

it('asks for the pods of the selector, and for Events only when one is not ready', async () => {
  const { client, asked } = cluster([pod('a', ready)]);
  expect(await lookAtPods(client, QUERY)).toEqual([
    { name: 'a', ready: true, trouble: undefined, ports: [] },
  ]);
  expect(asked).toEqual([{ resource: 'pods', labelSelector: 'app=web,tier=front', limit: 500 }]);
});

it.each<[string, object, readonly KubeObject[] | Error, string]>([
  [
    'a container that does not start',
    {
      ...notReady,
      containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } } }],
    },
    [],
    'CrashLoopBackOff: back-off 10s',
  ],
  [
    'the last failed probe',
    notReady,
    [
      unhealthy('a', 'Readiness probe failed: second', '2024-01-02T00:00:02Z'),
      unhealthy('b', 'of another pod', '2024-01-02T00:00:03Z'),
      unhealthy('a', 'Readiness probe failed: first', '2024-01-02T00:00:01Z'),
    ],
    'Readiness probe failed: second',
  ],
  ['its conditions where Events may not be read', notReady, denied, 'containers with unready status: [web]'],
  [
    'why it has no node',
    { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' }] },
    [],
    '0/2 nodes are available',
  ],
  ['its phase when it says nothing else', {}, [], 'Pending'],
  [
    'no more than fits a line',
    { ...notReady, containerStatuses: [{ state: { waiting: { reason: `a\n${'x'.repeat(500)}` } } }] },
    [],
    `a ${'x'.repeat(198)}…`,
  ],
])('tells of a pod that is not ready %s', async (_, status, events, trouble) => {
  const { client } = cluster([pod('a', status)], events);
  expect(await lookAtPods(client, QUERY)).toMatchObject([{ name: 'a', ready: false, trouble }]);
});

it('knows nothing where pods may not be listed', async () => {
  expect(await lookAtPods(cluster(denied).client, QUERY)).toBeUndefined();
});

it('lists each declared port once', async () => {
  const ports = [{ containerPort: 8088, name: 'grpc' }, { containerPort: 9090 }];
  const two = ['a', 'b'].map((name) => pod(name, ready, { containers: [{ ports }, {}] }));
  expect(listPorts((await lookAtPods(cluster(two).client, QUERY)) ?? [])).toBe('8088 (grpc), 9090');
});
