import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { KubeObject, OwnerReference } from '../../objects.js';
import type { Controller } from '../controller.js';
import { type ControllerBench, createBench } from '../testing.js';
import { createGarbageCollector } from './controller.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(() => {
  bench = createBench();
  controller = createGarbageCollector(bench.context, KINDS);
});

afterEach(() => controller.close());

function create(name: string, owners: OwnerReference[] = [], finalizers: string[] = []): KubeObject {
  return bench.api.create('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', ownerReferences: owners, finalizers },
  });
}

function ownedBy(owner: KubeObject, blockOwnerDeletion = false): OwnerReference {
  const { name, uid = '' } = owner.metadata;
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name,
    uid,
    ...(blockOwnerDeletion ? { blockOwnerDeletion } : {}),
  };
}

const get = (name: string) => bench.api.get('configmaps', 'shop', name);
const names = () => bench.api.list('configmaps', 'shop').map(({ metadata }) => metadata.name);
const remove = (name: string, propagationPolicy?: 'Background' | 'Foreground' | 'Orphan') =>
  bench.api.delete('configmaps', 'shop', name, propagationPolicy ? { propagationPolicy } : {});

describe('background', () => {
  it('deletes the dependents of a deleted object, and theirs', async () => {
    const top = create('top');
    const middle = create('middle', [ownedBy(top)]);
    create('leaf', [ownedBy(middle)]);
    create('bystander');
    await bench.settle();
    expect(names()).toHaveLength(4);
    remove('top');
    await bench.settle();
    expect(names()).toEqual(['bystander']);
  });

  it('keeps an object as long as one of its owners lives, without references to dead ones', async () => {
    const [a, b] = [create('a'), create('b')];
    create('shared', [ownedBy(a), ownedBy(b)]);
    await bench.settle();
    remove('a');
    await bench.settle();
    expect(get('shared')?.metadata.ownerReferences).toEqual([ownedBy(b)]);
    remove('b');
    await bench.settle();
    expect(get('shared')).toBeUndefined();
  });

  it('takes an owner of the same name but another uid for absent', async () => {
    const first = create('owner');
    remove('owner');
    create('owner');
    create('dependent', [ownedBy(first)]);
    await bench.settle();
    expect(names()).toEqual(['owner']);
  });

  it('collects what was left behind before it started', async () => {
    const owner = create('owner');
    remove('owner');
    create('dependent', [ownedBy(owner)]);
    controller.close();
    await bench.settle();
    expect(names()).toEqual(['dependent']);
    controller = createGarbageCollector(bench.context, KINDS);
    await bench.settle();
    expect(names()).toEqual([]);
  });

  it('keeps objects whose owner is of a kind that nobody knows, or that may not own them', async () => {
    create('custom', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u' }]);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'u' }];
    bench.api.create('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a', ownerReferences },
    });
    await bench.settle();
    expect(names()).toEqual(['custom']);
    expect(bench.api.get('nodes', undefined, 'node-a')).toBeDefined();
  });

  it('finds cluster-scoped owners', async () => {
    const node = bench.api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    create('lease-like', [ownedBy(node)]);
    await bench.settle();
    expect(names()).toEqual(['lease-like']);
    bench.api.delete('nodes', undefined, 'node-a');
    await bench.settle();
    expect(names()).toEqual([]);
  });
});

describe('foreground', () => {
  it('lets the owner go after the dependents that block it', async () => {
    const owner = create('owner');
    create('blocking', [ownedBy(owner, true)], ['example.com/wait']);
    create('free', [ownedBy(owner)]);
    await bench.settle();
    remove('owner', 'Foreground');
    await bench.settle();
    expect(names()).toEqual(['blocking', 'owner']);
    expect(get('owner')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    bench.api.modify('configmaps', 'shop', 'blocking', ({ metadata }) => {
      metadata.finalizers = [];
    });
    await bench.settle();
    expect(names()).toEqual([]);
  });

  it('goes down to the last generation first', async () => {
    const top = create('top');
    const middle = create('middle', [ownedBy(top, true)]);
    create('leaf', [ownedBy(middle, true)]);
    await bench.settle();
    const order: string[] = [];
    const end = bench.api.watch('configmaps', ({ type, object }) => {
      if (type === 'DELETED') order.push(object.metadata.name);
    });
    remove('top', 'Foreground');
    await bench.settle();
    end();
    expect(order).toEqual(['leaf', 'middle', 'top']);
  });

  it('is freed when a blocking dependent gives up its reference', async () => {
    const owner = create('owner');
    const other = create('other');
    create('blocking', [ownedBy(owner, true), ownedBy(other)]);
    await bench.settle();
    remove('owner', 'Foreground');
    await bench.settle();
    expect(names()).toEqual(['blocking', 'other']);
    expect(get('blocking')?.metadata.ownerReferences).toEqual([ownedBy(other)]);
  });

  it('ends at once without dependents', async () => {
    create('owner');
    remove('owner', 'Foreground');
    await bench.settle();
    expect(names()).toEqual([]);
  });
});

describe('orphan', () => {
  it('leaves dependents behind without the reference', async () => {
    const owner = create('owner');
    create('dependent', [ownedBy(owner, true)]);
    await bench.settle();
    remove('owner', 'Orphan');
    await bench.settle();
    expect(names()).toEqual(['dependent']);
    expect(get('dependent')?.metadata.ownerReferences ?? []).toEqual([]);
  });
});
