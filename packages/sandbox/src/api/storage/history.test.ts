import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { bootstrapCluster } from '../auth/bootstrap.js';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';

const NAMES = ['a', 'b', 'c'];

/** One write: what happens to one of a few objects. */
const writes = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    action: fc.constantFrom('put', 'delete', 'other'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 40 },
);

interface Write {
  readonly name: string;
  readonly action: string;
  readonly value: number;
}

function apply(store: ClusterStore, { name, action, value }: Write): void {
  const metadata = { name, namespace: 'default' };
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: `${value}` } };
  if (action === 'delete') {
    store.delete('configmaps', 'default', name);
  } else if (action === 'other') {
    const leases = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...metadata } };
    if (!store.get('leases', 'default', name)) store.create('leases', leases);
  } else if (store.get('configmaps', 'default', name)) {
    store.update('configmaps', object);
  } else {
    store.create('configmaps', object);
  }
}

it('shows every moment as it was, and its changes lead from it to the present', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const store = createClusterStore();
      bootstrapCluster(store);
      const moments = [{ version: store.resourceVersion, list: store.list('configmaps') }];
      for (const write of all) {
        apply(store, write);
        moments.push({ version: store.resourceVersion, list: store.list('configmaps') });
      }
      for (const { version, list } of moments) {
        expect(store.listAt('configmaps', undefined, version)).toEqual(list);
        const replayed = new Map(list.map((object) => [object.metadata.name, object]));
        for (const { type, object } of store.eventsSince('configmaps', version)) {
          if (type === 'DELETED') replayed.delete(object.metadata.name);
          else replayed.set(object.metadata.name, object);
        }
        const now = store.list('configmaps');
        expect(NAMES.flatMap((name) => replayed.get(name) ?? [])).toEqual(now);
      }
    }),
    { numRuns: 50 },
  );
});

it('gives every write a version of its own, in the events and in the objects', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const store = createClusterStore();
      bootstrapCluster(store);
      const from = store.resourceVersion;
      for (const write of all) apply(store, write);
      const events = store.eventsSince('configmaps', from);
      const versions = events.map((event) => event.resourceVersion);
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      for (const { object, resourceVersion } of events) {
        expect(object.metadata.resourceVersion).toBe(String(resourceVersion));
      }
    }),
  );
});
