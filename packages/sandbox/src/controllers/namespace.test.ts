import { afterEach, beforeEach, expect, it } from 'vitest';
import { KINDS } from '../api/kinds/index.js';
import { startControllers } from './index.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
  webDeployment,
  webService,
} from './testing.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let controllers: { close(): void };

beforeEach(async () => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  kubelet = startFakeKubelet(bench);
  controllers = startControllers({
    ...bench.context,
    kinds: KINDS,
    balancerRange: '127.7.112.0/24',
    caPem: 'THE CA',
  });
  await bench.settle();
});

afterEach(() => {
  controllers.close();
  kubelet.close();
});

const namespaced = KINDS.filter((kind) => kind.namespaced && kind.verbs.includes('list'));
const content = (namespace: string) =>
  namespaced.flatMap(({ resource }) => bench.api.list(resource, namespace).map(({ kind }) => kind));
const trouble = () => bench.logger.lines.filter(({ level }) => level === 'warn' || level === 'error');

it('gives every namespace a default ServiceAccount and the CA, and restores them', async () => {
  for (const namespace of ['default', 'shop']) {
    expect(bench.api.get('serviceaccounts', namespace, 'default')).toBeDefined();
    expect(bench.api.get('configmaps', namespace, 'kube-root-ca.crt')?.data).toEqual({ 'ca.crt': 'THE CA' });
  }
  bench.api.delete('serviceaccounts', 'shop', 'default');
  bench.api.modify('configmaps', 'shop', 'kube-root-ca.crt', (copy) => {
    copy.data = { 'ca.crt': 'another' };
  });
  bench.api.delete('configmaps', 'default', 'kube-root-ca.crt');
  await bench.settle();
  expect(bench.api.get('serviceaccounts', 'shop', 'default')).toBeDefined();
  expect(bench.api.get('configmaps', 'shop', 'kube-root-ca.crt')?.data).toEqual({ 'ca.crt': 'THE CA' });
  expect(bench.api.get('configmaps', 'default', 'kube-root-ca.crt')).toBeDefined();
});

it('takes everything in a deleted namespace away, then the namespace, and leaves others alone', async () => {
  bench.api.create('services', webService());
  bench.api.create('deployments', webDeployment(3));
  await bench.settle();
  const others = content('default');
  bench.api.delete('namespaces', undefined, 'shop');
  await bench.settle();
  expect(bench.api.get('namespaces', undefined, 'shop')).toBeUndefined();
  expect(content('shop')).toEqual([]);
  expect(content('default')).toEqual(others);
  expect(trouble()).toEqual([]);
});

it('waits for pods that take their time, and says what it waits for', async () => {
  bench.api.create('deployments', webDeployment(2));
  await bench.settle();
  kubelet.ending = false;
  bench.api.delete('namespaces', undefined, 'shop');
  await bench.settle();
  expect(bench.api.get('namespaces', undefined, 'shop')?.status).toMatchObject({
    phase: 'Terminating',
    conditions: [
      {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: 'Some resources are remaining: pods. has 2 resource instances',
      },
    ],
  });
  kubelet.ending = true;
  kubelet.poke();
  await bench.settle();
  expect(bench.api.get('namespaces', undefined, 'shop')).toBeUndefined();
});

it('can make a namespace of the same name again', async () => {
  bench.api.create('deployments', webDeployment(1));
  await bench.settle();
  bench.api.delete('namespaces', undefined, 'shop');
  await bench.settle();
  bench.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  bench.api.create('deployments', webDeployment(2));
  await bench.settle();
  expect(bench.api.list('pods', 'shop')).toHaveLength(2);
  expect(bench.api.get('serviceaccounts', 'shop', 'default')).toBeDefined();
});
