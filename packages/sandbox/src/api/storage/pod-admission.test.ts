import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { bootstrapCluster } from '../auth/bootstrap.js';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';
import type { Pod, PodSpec } from '../kinds/pod-types.js';

let store: ClusterStore;

beforeEach(() => {
  store = createClusterStore();
  bootstrapCluster(store);
});

const create = (spec: PodSpec = {}): Pod =>
  store.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
const account = (more: object = {}): KubeObject =>
  store.create('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: 'default' },
    ...more,
  });

describe('a new pod', () => {
  it('gets a priority and the credentials of its account', () => {
    const { spec } = create();
    expect(spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    const [volume] = spec?.volumes ?? [];
    expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(volume?.projected?.sources).toMatchObject([
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ path: 'namespace' }] } },
    ]);
    expect(spec?.containers?.[0]?.volumeMounts).toEqual([
      { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
  });

  it('gets none when it, or its account, says so; the pod has the last word', () => {
    expect(create({ automountServiceAccountToken: false }).spec?.volumes).toBeUndefined();
    account({ automountServiceAccountToken: false });
    store.delete('pods', 'default', 'p', { gracePeriodSeconds: 0 });
    expect(create({ serviceAccountName: 'app' }).spec?.volumes).toBeUndefined();
    store.delete('pods', 'default', 'p', { gracePeriodSeconds: 0 });
    expect(
      create({ serviceAccountName: 'app', automountServiceAccountToken: true }).spec?.volumes,
    ).toHaveLength(1);
  });

  it('keeps a volume of its own at that path', () => {
    const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
    const { spec } = create({
      volumes: [{ name: 'mine', emptyDir: {} }],
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'mine', mountPath }] }],
    });
    expect(spec?.volumes?.map(({ name }) => name)).toEqual(['mine']);
  });

  it('takes the zone of its node over when it is bound', () => {
    const labels = { 'topology.kubernetes.io/zone': 'z', 'kubernetes.io/hostname': 'n' };
    store.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels } });
    create();
    const metadata = { name: 'p', namespace: 'default' };
    const target = { kind: 'Node', name: 'n' };
    store.create('pods', { apiVersion: 'v1', kind: 'Binding', metadata, target }, { subresource: 'binding' });
    expect(store.get('pods', 'default', 'p')?.metadata.labels).toEqual({
      'topology.kubernetes.io/zone': 'z',
    });
  });
});

it('is refused when its account does not exist, but for the one that a controller makes', () => {
  expect(() => create({ serviceAccountName: 'nobody' })).toThrow(
    expect.objectContaining({
      code: 403,
      message:
        'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    }),
  );
  const metadata = { generateName: 'p-', namespace: 'default' } as KubeObject['metadata'];
  const spec = { serviceAccountName: 'nobody' };
  expect(() => store.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec })).toThrow(
    'pods "p-" is',
  );
  expect(store.get('serviceaccounts', 'default', 'default')).toBeUndefined();
  expect(create().spec?.serviceAccountName).toBe('default');
});
