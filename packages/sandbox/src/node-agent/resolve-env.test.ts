import { expect, it } from 'vitest';
import { baseEnv, withBindShim } from './base-env.js';
import type { Container, Pod } from './pod.js';
import { fieldValue, resolveEnv } from './resolve-env.js';

const pod: Pod = {
  metadata: {
    name: 'p',
    namespace: 'ns',
    uid: 'u',
    labels: { b: '2', 'example.com/a': 'x"y' },
    annotations: { note: 'hi' },
  },
  spec: { nodeName: 'n', containers: [] },
};
const ips = { podIP: '10.0.0.1', hostIP: '10.0.0.9' };

const resolve = (container: Partial<Container>, base: Record<string, string> = {}) =>
  resolveEnv({
    pod,
    container: { name: 'c', ...container },
    ...ips,
    base,
    read: async (kind, name) => (name === 'there' ? { [kind]: Buffer.from(`of ${kind}`) } : undefined),
  });

it.each([
  ['metadata.name', 'p'],
  ['metadata.namespace', 'ns'],
  ['metadata.uid', 'u'],
  ["metadata.labels['example.com/a']", 'x"y'],
  ["metadata.labels['none']", ''],
  ["metadata.annotations['note']", 'hi'],
  ['metadata.labels', 'b="2"\nexample.com/a="x\\"y"'],
  ['spec.nodeName', 'n'],
  ['spec.serviceAccountName', 'default'],
  ['status.podIP', '10.0.0.1'],
  ['status.podIPs', '10.0.0.1'],
  ['status.hostIP', '10.0.0.9'],
])('reads the field %s', (path, value) => {
  expect(fieldValue(pod, path, ips)).toBe(value);
});

it('refuses a field that there is not, and says which there are', () => {
  expect(() => fieldValue(pod, 'spec.foo', ips)).toThrow(
    'fieldRef "spec.foo" is not supported: accepted are metadata.name',
  );
});

it('lets env win over envFrom and over the base, and expands only what stands before', async () => {
  const env = await resolve(
    {
      envFrom: [{ configMapRef: { name: 'there' } }, { prefix: 'S_', secretRef: { name: 'there' } }],
      env: [
        { name: 'A', value: '$(B) $(BASE) $(configmap)' },
        { name: 'B', value: 'late' },
        { name: 'BASE', value: 'mine' },
        { name: 'EMPTY' },
      ],
    },
    { BASE: 'given', KEPT: 'yes' },
  );
  expect(env).toEqual({
    configmap: 'of configmap',
    S_secret: 'of secret',
    A: '$(B) given of configmap',
    B: 'late',
    BASE: 'mine',
    EMPTY: '',
    KEPT: 'yes',
  });
});

it.each<[string, Partial<Container>, string]>([
  ['a missing ConfigMap', { envFrom: [{ configMapRef: { name: 'no' } }] }, 'configmap "no" not found'],
  [
    'a missing key',
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'there', key: 'k' } } }] },
    "couldn't find key k in Secret ns/there",
  ],
  [
    'a missing Secret',
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
    'secret "no" not found',
  ],
  [
    'a source that is not served',
    { env: [{ name: 'A', valueFrom: {} }] },
    'env "A": valueFrom has nothing: accepted are fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef',
  ],
])('refuses %s', async (_, container, message) => {
  await expect(resolve(container)).rejects.toThrow(message);
});

it('hands a container what a program needs and none of the secrets of whoever started the sandbox', () => {
  const host = {
    PATH: '/bin',
    HOME: '/h',
    LC_ALL: 'C',
    KUBECONFIG: '/mine',
    HTTPS_PROXY: 'x',
    NODE_OPTIONS: '-r y',
  };
  const input = { podIP: '1', podRoot: '/r', hostname: 'p', graceSeconds: 30, extra: { MORE: '1' } };
  expect(baseEnv({ ...input, server: 'https://[::1]' }, host)).toEqual({
    PATH: '/bin',
    HOME: '/h',
    LC_ALL: 'C',
    MORE: '1',
    POD_IP: '1',
    POD_ROOT: '/r',
    HOSTNAME: 'p',
    KUBERNETES_SERVICE_HOST: '::1',
    KUBERNETES_SERVICE_PORT: '443',
    FAIRLEAD_GRACE_SECONDS: '30',
  });
  expect(withBindShim(undefined, '/shim')).toBe('--require "/shim"');
});
