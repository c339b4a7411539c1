import { beforeEach, expect, it } from 'vitest';
import type { KubeObject } from '../objects.js';
import { bootstrapCluster } from './auth/bootstrap.js';
import { type ClusterStore, createClusterStore } from './cluster-store.js';
import type { StoreEvent } from './store.js';

let nowMs = Date.parse('2030-01-01T00:00:00Z');
const clock = { now: () => nowMs, setTimeout: () => ({ cancel() {} }) };
let store: ClusterStore;

beforeEach(() => {
  nowMs = Date.parse('2030-01-01T00:00:00Z');
  store = createClusterStore({ clock, serviceCidr: '127.7.96.0/20' });
  bootstrapCluster(store);
});

it('smoke', async () => {
  const seen: StoreEvent[] = [];
  store.watch('configmaps', (event) => seen.push(event));
  const cm: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default' },
    data: { a: '1' },
  };
  store.create('configmaps', cm);
  store.modify('configmaps', 'default', 'a', (copy) => {
    copy.data = { a: '2' };
  });
  store.delete('configmaps', 'default', 'a');
  expect(seen).toEqual([]);
  await null;
  expect(seen.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
});
