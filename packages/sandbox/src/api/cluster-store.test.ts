import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects.js';
import { bootstrapCluster } from './auth/bootstrap.js';
import { type ClusterStore, createClusterStore } from './cluster-store.js';
import type { ApiStatus } from './status.js';
import { at } from './storage/json.js';
import type { StoreEvent } from './store.js';

const START_MS = Date.parse('2030-01-01T00:00:00Z');
let nowMs = START_MS;
const clock = { now: () => nowMs, setTimeout: () => ({ cancel() {} }) };
let store: ClusterStore;

beforeEach(() => {
  nowMs = START_MS;
  store = createClusterStore({ clock, serviceCidr: '127.7.96.0/20' });
  bootstrapCluster(store);
});

function configMap(name: string, data: Record<string, string> = {}, namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function pod(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'fairlead/echo' }], ...spec },
  };
}

function deployment(name: string, replicas = 2): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
}

function service(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

function refusal(fn: () => unknown): ApiStatus {
  try {
    fn();
  } catch (error) {
    return error as ApiStatus;
  }
  throw new Error('nothing was refused');
}

function version(object: KubeObject | undefined): string {
  return object?.metadata.resourceVersion ?? '';
}

describe('create', () => {
  it('sets uid, time and version, and freezes the object all the way down', () => {
    const created = store.create('deployments', deployment('app'));
    expect(created.metadata).toMatchObject({ creationTimestamp: '2030-01-01T00:00:00Z', generation: 1 });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(version(created))).toBe(store.resourceVersion);
    expect(Object.isFrozen(at(created, 'spec', 'template', 'metadata', 'labels'))).toBe(true);
  });

  it('does not change or keep the object that it is given', () => {
    const given = configMap('a', { k: '1' });
    store.create('configmaps', given);
    given.data = { k: '2' };
    expect(given.metadata.uid).toBeUndefined();
    expect(store.get('configmaps', 'default', 'a')?.data).toEqual({ k: '1' });
  });

  it('makes a name of five random letters from generateName', () => {
    const given = { ...configMap(''), metadata: { name: '', generateName: 'app-', namespace: 'default' } };
    const names = [1, 2, 3].map(() => store.create('configmaps', given).metadata.name);
    for (const name of names) expect(name).toMatch(/^app-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(new Set(names).size).toBe(3);
  });

  it('ignores a status, but keeps that of a Node', () => {
    const withStatus = { ...pod('p'), status: { phase: 'Running', podIP: '1.2.3.4' } };
    expect(store.create('pods', withStatus).status).toMatchObject({ phase: 'Pending' });
    expect(at(store.get('pods', 'default', 'p'), 'status', 'podIP')).toBeUndefined();
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status: { phase: 'x' } };
    expect(store.create('nodes', node).status).toMatchObject({ phase: 'x' });
  });

  it('writes nothing in a dry run', () => {
    const before = store.resourceVersion;
    const shown = store.create('configmaps', configMap('a'), { dryRun: true });
    expect(shown.metadata.uid).toBeDefined();
    expect(store.get('configmaps', 'default', 'a')).toBeUndefined();
    expect(store.resourceVersion).toBe(before);
  });

  it.each([
    [() => store.create('configmaps', configMap('kube')), undefined],
    [
      () => store.create('configmaps', configMap('a', {}, 'nowhere')),
      [404, 'NotFound', 'namespaces "nowhere" not found'],
    ],
    [
      () => store.create('deployments', { ...deployment('a'), apiVersion: 'apps/v2' }),
      [
        400,
        'BadRequest',
        'the API version in the data (apps/v2) does not match the expected API version (apps/v1)',
      ],
    ],
    [
      () => store.create('pods', configMap('a')),
      [
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a Pod: converting (v1.ConfigMap) to (v1.Pod): unknown conversion',
      ],
    ],
    [
      () => store.create('configmaps', { ...configMap('a'), metadata: { name: 'a', resourceVersion: '7' } }),
      [500, '', 'resourceVersion should not be set on objects to be created'],
    ],
    [
      () =>
        store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }),
      [409, 'AlreadyExists', 'namespaces "default" already exists'],
    ],
    [() => store.list('gadgets'), [404, 'NotFound', 'the server could not find the requested resource']],
  ] as const)('refuses in Kubernetes words (%#)', (write, expected) => {
    if (!expected) {
      expect(write()).toBeDefined();
      return;
    }
    const { code, reason, message } = refusal(write);
    expect([code, reason, message]).toEqual(expected);
  });
});

describe('update', () => {
  it('keeps the version of a write that changes nothing', () => {
    const created = store.create('configmaps', configMap('a', { k: '1' }));
    expect(store.update('configmaps', configMap('a', { k: '1' }))).toBe(created);
    expect(version(store.update('configmaps', configMap('a', { k: '2' })))).not.toBe(version(created));
  });

  it('refuses a write that is based on another version', () => {
    const created = store.create('deployments', deployment('a'));
    store.update('deployments', { ...created, spec: { ...(deployment('a').spec as object), replicas: 3 } });
    const { code, reason, message, details } = refusal(() => store.update('deployments', created));
    expect({ code, reason, message, details }).toEqual({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on deployments.apps "a": the object has been modified; ' +
        'please apply your changes to the latest version and try again',
      details: { name: 'a', group: 'apps', kind: 'deployments' },
    });
  });

  it('counts the generation for the spec alone', () => {
    store.create('deployments', deployment('a'));
    const generation = () => store.get('deployments', 'default', 'a')?.metadata.generation;
    store.modify('deployments', 'default', 'a', (copy) => {
      copy.metadata.labels = { x: 'y' };
    });
    store.update('deployments', { ...deployment('a'), status: { replicas: 2 } }, { subresource: 'status' });
    expect(generation()).toBe(1);
    store.update('deployments', deployment('a', 5));
    expect(generation()).toBe(2);
  });

  it('keeps spec and status apart', () => {
    store.create('deployments', deployment('a'));
    store.update(
      'deployments',
      { ...deployment('a', 9), status: { replicas: 7 } },
      { subresource: 'status' },
    );
    expect(store.get('deployments', 'default', 'a')).toMatchObject({
      spec: { replicas: 2 },
      status: { replicas: 7 },
    });
    store.update('deployments', { ...deployment('a', 3), status: { replicas: 1 } });
    expect(store.get('deployments', 'default', 'a')).toMatchObject({
      spec: { replicas: 3 },
      status: { replicas: 7 },
    });
  });

  it('keeps what belongs to the server', () => {
    const created = store.create('configmaps', configMap('a'));
    nowMs += 60_000;
    const forged = configMap('a', { k: '1' });
    forged.metadata.creationTimestamp = '1999-01-01T00:00:00Z';
    forged.metadata.deletionTimestamp = '1999-01-01T00:00:00Z';
    const { metadata } = store.update('configmaps', forged);
    const { managedFields: _, ...kept } = created.metadata;
    const { managedFields: __, ...shown } = metadata;
    expect(shown).toEqual({ ...kept, resourceVersion: metadata.resourceVersion });
  });

  it('refuses another uid', () => {
    store.create('configmaps', configMap('a'));
    const other = configMap('a', { k: '1' });
    other.metadata.uid = 'other';
    const { code, message } = refusal(() => store.update('configmaps', other));
    expect(code).toBe(409);
    expect(message).toMatch(/Precondition failed: UID in precondition: other, UID in object meta: /);
  });

  it('scales by a Scale object and answers with one', () => {
    store.create('deployments', deployment('a'));
    const scaled = store.modify(
      'deployments',
      'default',
      'a',
      (copy) => {
        expect(copy.kind).toBe('Scale');
        copy.spec = { replicas: 4 };
      },
      { subresource: 'scale' },
    );
    expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { selector: 'app=a' } });
    expect(store.get('deployments', 'default', 'a')).toMatchObject({ spec: { replicas: 4 } });
  });

  it('binds a pod to a node once', () => {
    store.create('pods', pod('p'));
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p', namespace: 'default' } };
    const bind = () =>
      store.create('pods', { ...binding, target: { kind: 'Node', name: 'n' } }, { subresource: 'binding' });
    expect(bind()).toMatchObject({ spec: { nodeName: 'n' }, metadata: { generation: 1 } });
    expect(at(store.get('pods', 'default', 'p'), 'status', 'conditions')).toMatchObject([
      { type: 'PodScheduled', status: 'True', lastProbeTime: null },
    ]);
    expect(refusal(bind).message).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
    );
  });
});

describe('modify', () => {
  it('writes nothing when the change says false, and is undefined for what is gone', () => {
    const created = store.create('configmaps', configMap('a'));
    const result = store.modify('configmaps', 'default', 'a', (copy) => {
      copy.data = { k: '1' };
      return false;
    });
    expect(result).toBe(created);
    expect(store.get('configmaps', 'default', 'a')).toBe(created);
    expect(store.modify('configmaps', 'default', 'b', () => {})).toBeUndefined();
  });

  it('tries again when the object changes under it', () => {
    store.create('configmaps', configMap('a', { n: '0' }));
    let calls = 0;
    store.modify('configmaps', 'default', 'a', (copy) => {
      if (calls++ === 0) store.update('configmaps', configMap('a', { n: '5' }));
      copy.data = { ...(copy.data as object), added: 'yes' };
    });
    expect(calls).toBe(2);
    expect(store.get('configmaps', 'default', 'a')?.data).toEqual({ n: '5', added: 'yes' });
  });
});

describe('delete', () => {
  it('removes at once what nothing keeps', () => {
    const created = store.create('configmaps', configMap('a'));
    const deleted = store.delete('configmaps', 'default', 'a');
    expect(Number(version(deleted))).toBeGreaterThan(Number(version(created)));
    expect(store.get('configmaps', 'default', 'a')).toBeUndefined();
    expect(store.delete('configmaps', 'default', 'a')).toBeUndefined();
  });

  it('removes a pod that runs nowhere at once', () => {
    store.create('pods', pod('p'));
    store.delete('pods', 'default', 'p');
    expect(store.get('pods', 'default', 'p')).toBeUndefined();
  });

  it('gives a running pod its grace, which a later deletion can only shorten', () => {
    store.create('pods', pod('p', { nodeName: 'n', terminationGracePeriodSeconds: 20 }));
    const meta = () => store.get('pods', 'default', 'p')?.metadata;
    store.delete('pods', 'default', 'p');
    expect(meta()).toMatchObject({
      deletionTimestamp: '2030-01-01T00:00:20Z',
      deletionGracePeriodSeconds: 20,
      generation: 2,
    });
    nowMs += 2_000;
    store.delete('pods', 'default', 'p', { gracePeriodSeconds: 60 });
    store.delete('pods', 'default', 'p');
    expect(meta()).toMatchObject({ deletionGracePeriodSeconds: 20 });
    store.delete('pods', 'default', 'p', { gracePeriodSeconds: 5 });
    expect(meta()).toMatchObject({
      deletionTimestamp: '2030-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    store.delete('pods', 'default', 'p', { gracePeriodSeconds: 0 });
    expect(meta()).toBeUndefined();
  });

  it('bounds a grace that no time could hold', () => {
    store.create('pods', pod('p', { nodeName: 'n', terminationGracePeriodSeconds: 99_999_999_999 }));
    expect(store.delete('pods', 'default', 'p')?.metadata).toMatchObject({
      deletionTimestamp: '2098-01-19T03:14:07Z',
      deletionGracePeriodSeconds: 2_147_483_647,
    });
  });

  it('waits for finalizers, and refuses new ones meanwhile', () => {
    const given = configMap('a');
    given.metadata.finalizers = ['example.com/hold'];
    store.create('configmaps', given);
    expect(store.delete('configmaps', 'default', 'a')?.metadata.deletionTimestamp).toBeDefined();
    const more = () =>
      store.modify('configmaps', 'default', 'a', (copy) => {
        copy.metadata.finalizers?.push('example.com/more');
      });
    expect(refusal(more).message).toBe(
      'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is ' +
        'being deleted, found new finalizers []string{"example.com/more"}',
    );
    store.modify('configmaps', 'default', 'a', (copy) => {
      delete copy.metadata.finalizers;
    });
    expect(store.get('configmaps', 'default', 'a')).toBeUndefined();
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('%s leaves a finalizer to the garbage collector', (propagationPolicy, finalizers) => {
    store.create('deployments', deployment('a'));
    store.delete('deployments', 'default', 'a', { propagationPolicy });
    const { metadata } = store.get('deployments', 'default', 'a')!;
    expect(metadata).toMatchObject({ finalizers, deletionGracePeriodSeconds: 0 });
  });

  it('refuses when uid or version differ from the precondition', () => {
    store.create('configmaps', configMap('a'));
    expect(refusal(() => store.delete('configmaps', 'default', 'a', { uid: 'x' })).message).toMatch(
      /^Operation cannot be fulfilled on configmaps "a": the UID in the precondition \(x\) does not match/,
    );
    expect(refusal(() => store.delete('configmaps', 'default', 'a', { resourceVersion: '1' })).code).toBe(
      409,
    );
  });

  it('keeps a namespace until its finalizer is taken away, and lets nothing new in', () => {
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } });
    store.delete('namespaces', undefined, 'ns');
    const namespace = store.get('namespaces', undefined, 'ns')!;
    expect(namespace).toMatchObject({ status: { phase: 'Terminating' } });
    const { code, reason, message, details } = refusal(() =>
      store.create('configmaps', configMap('a', {}, 'ns')),
    );
    expect([code, reason, message]).toEqual([
      403,
      'Forbidden',
      'configmaps "a" is forbidden: unable to create new content in namespace ns because it is being terminated',
    ]);
    expect(details?.causes).toEqual([
      {
        reason: 'NamespaceTerminating',
        message: 'namespace ns is being terminated',
        field: 'metadata.namespace',
      },
    ]);
    store.update('namespaces', { ...namespace, spec: { finalizers: [] } }, { subresource: 'finalize' });
    expect(store.get('namespaces', undefined, 'ns')).toBeUndefined();
  });

  it('does not let the namespaces go that a cluster needs', () => {
    expect(refusal(() => store.delete('namespaces', undefined, 'default')).message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});

describe('cluster IPs', () => {
  const ip = (name: string) => at(store.get('services', 'default', name), 'spec', 'clusterIP');

  it('are given from the range and used again after a deletion', () => {
    store.create('services', service('a'));
    store.create('services', service('b'));
    expect([ip('a'), ip('b')]).toEqual(['127.7.96.10', '127.7.96.11']);
    store.update('services', service('a', { ports: [{ port: 81 }] }));
    expect(ip('a')).toBe('127.7.96.10');
    store.delete('services', 'default', 'a');
    store.create('services', service('c', { clusterIP: '127.7.96.10' }));
    expect(ip('c')).toBe('127.7.96.10');
  });

  it('are not used by headless and external Services', () => {
    store.create('services', service('h', { clusterIP: 'None' }));
    store.create('services', service('e', { type: 'ExternalName', externalName: 'example.com' }));
    expect([ip('h'), ip('e')]).toEqual(['None', undefined]);
    expect(at(store.get('services', 'default', 'h'), 'spec', 'clusterIPs')).toEqual(['None']);
  });

  it('come and go with the type of a Service', () => {
    store.create('services', service('s', { type: 'ExternalName', externalName: 'example.com' }));
    store.update('services', service('s'));
    expect(ip('s')).toBe('127.7.96.10');
    store.update('services', service('s', { type: 'ExternalName', externalName: 'example.com' }));
    expect(ip('s')).toBeUndefined();
    store.create('services', service('t', { clusterIP: '127.7.96.10' }));
    expect(ip('t')).toBe('127.7.96.10');
  });

  it('are refused when they are taken or out of range, without being lost', () => {
    store.create('services', service('a'));
    const ask = (name: string, clusterIP: string) => () =>
      store.create('services', service(name, { clusterIP }));
    expect(refusal(ask('b', '127.7.96.10')).message).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["127.7.96.10"]: ' +
        'failed to allocate IP 127.7.96.10: provided IP is already allocated',
    );
    expect(refusal(ask('b', '10.0.0.1')).message).toContain('does not match the current range');
    store.create('services', service('d'), { dryRun: true });
    store.create('services', service('e', { clusterIP: '127.7.96.11' }));
    expect(ip('e')).toBe('127.7.96.11');
  });
});

describe('watch', () => {
  it('tells of what there is and of every change, later and in order', async () => {
    store.create('configmaps', configMap('a'));
    const seen: string[] = [];
    const tell = (event: StoreEvent) =>
      seen.push(`${event.type} ${event.object.metadata.name} ${event.old ? 'from' : 'new'}`);
    const end = store.watch('configmaps', tell);
    store.update('configmaps', configMap('a', { k: '1' }));
    store.delete('configmaps', 'default', 'a');
    expect(seen).toEqual([]);
    await null;
    expect(seen).toEqual(['ADDED a new', 'MODIFIED a from', 'DELETED a from']);
    store.create('configmaps', configMap('b'));
    end();
    await null;
    expect(seen).toHaveLength(3);
  });

  it('keeps the order over resources and through writes of listeners', async () => {
    const seen: string[] = [];
    store.subscribe('secrets', ({ object }) => seen.push(`secret ${object.metadata.name}`));
    store.subscribe('configmaps', ({ object }) => {
      seen.push(`configmap ${object.metadata.name}`);
      if (object.metadata.name === 'a') store.create('configmaps', configMap('c'));
    });
    store.create('configmaps', configMap('a'));
    store.create('secrets', { ...configMap('s'), kind: 'Secret' });
    store.create('configmaps', configMap('b'));
    await null;
    await null;
    expect(seen).toEqual(['configmap a', 'secret s', 'configmap b', 'configmap c']);
  });
});

describe('history', () => {
  it('gives the changes after a version, and the list as it was', () => {
    store.create('configmaps', configMap('a', { n: '1' }));
    const early = store.resourceVersion;
    store.update('configmaps', configMap('a', { n: '2' }));
    store.create('configmaps', configMap('b'));
    store.delete('configmaps', 'default', 'a');
    expect(store.eventsSince('configmaps', early).map((event) => event.type)).toEqual([
      'MODIFIED',
      'ADDED',
      'DELETED',
    ]);
    expect(store.listAt('configmaps', 'default', early).map((object) => object.data)).toEqual([{ n: '1' }]);
    expect(store.list('configmaps', 'default').map((object) => object.metadata.name)).toEqual(['b']);
  });

  it('answers 410 with both versions once it is compacted', () => {
    store.create('configmaps', configMap('a'));
    const version = store.resourceVersion;
    store.create('configmaps', configMap('b'));
    store.compact();
    expect(store.compactedVersion).toBe(store.resourceVersion);
    const { code, reason, message } = refusal(() => store.eventsSince('configmaps', version));
    expect([code, reason]).toEqual([410, 'Expired']);
    expect(message).toBe(`too old resource version: ${version} (${version + 1})`);
    expect(store.eventsSince('configmaps', version + 1)).toEqual([]);
  });

  it('forgets the oldest changes beyond its bound', () => {
    store = createClusterStore({ clock, historyEvents: 10 });
    bootstrapCluster(store);
    const first = store.resourceVersion;
    for (let i = 0; i < 30; i++) store.create('configmaps', configMap(`m-${i}`));
    expect(refusal(() => store.eventsSince('configmaps', first)).code).toBe(410);
    expect(store.eventsSince('configmaps', store.resourceVersion - 10)).toHaveLength(10);
  });
});

describe('list', () => {
  it('is in the order of namespace and name, however the objects came', () => {
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
    for (const [namespace, name] of [
      ['default', 'b'],
      ['a', 'z'],
      ['default', 'a'],
      ['a', 'a'],
    ] as const) {
      store.create('configmaps', configMap(name, {}, namespace));
    }
    const keys = (namespace?: string) =>
      store.list('configmaps', namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(keys()).toEqual(['a/a', 'a/z', 'default/a', 'default/b']);
    expect(keys('a')).toEqual(['a/a', 'a/z']);
    expect(keys('def')).toEqual([]);
  });
});
