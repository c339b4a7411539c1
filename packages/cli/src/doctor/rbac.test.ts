import { checkManifest } from '@fairlead/sandbox';
import { describe, expect, it } from 'vitest';
import { rbacManifest } from './rbac.js';

const SUBJECT = { namespace: 'nspace', account: 'app', accountNamespace: 'shop' };

it('is a manifest of a Role with the least rights and its binding', () => {
  const text = rbacManifest(SUBJECT);
  expect(() => checkManifest(text)).not.toThrow();
  expect(text.split('---\n').map((document) => /^kind: (\w+)$/m.exec(document)?.[1])).toEqual([
    'Role',
    'RoleBinding',
  ]);
  expect(text.match(/verbs: .*/g)).toEqual(['verbs: [get, list, watch]', 'verbs: [get, watch]']);
});

it('puts the rights into the namespace of the Service and gives them to the account of the client', () => {
  const text = rbacManifest(SUBJECT);
  expect(text.match(/^ {2}namespace: nspace$/gm)).toHaveLength(2);
  expect(text).toContain('- kind: ServiceAccount\n    name: app\n    namespace: shop\n');
});

it('gives the same rights in every namespace for the scope of a cluster', () => {
  const text = rbacManifest({ ...SUBJECT, everywhere: true });
  expect(() => checkManifest(text)).not.toThrow();
  expect(text.match(/kind: \w+/g)).toEqual([
    'kind: ClusterRole',
    'kind: ClusterRoleBinding',
    'kind: ClusterRole',
    'kind: ServiceAccount',
  ]);
  expect(text).not.toContain('nspace');
  const rules = (manifest: string) => /^rules:\n(?: .*\n)+/m.exec(manifest)?.[0];
  expect(rules(text)).toBe(rules(rbacManifest(SUBJECT)));
});

it('says where an account must be put in that is not known', () => {
  expect(rbacManifest({ ...SUBJECT, guessed: true })).toContain(
    '# Put in the ServiceAccount of the client’s pod and its namespace.\n  - kind: ServiceAccount',
  );
  expect(rbacManifest(SUBJECT)).not.toContain('Put in');
});

describe('with configuration from the cluster', () => {
  const verbs = (text: string) => text.match(/(?:resources|resourceNames|verbs): .*/g)?.join(' ');

  it('adds what annotations need', () => {
    const text = rbacManifest({ ...SUBJECT, clusterConfig: true });
    expect(() => checkManifest(text)).not.toThrow();
    expect(verbs(text)).toBe(
      'resources: [endpointslices] verbs: [get, list, watch] resources: [services] verbs: [get, watch] resources: [events] verbs: [create]',
    );
  });

  it.each([
    [
      'in the namespace of the Service',
      { namespace: 'nspace', name: 'clients' },
      ['nspace', 'nspace'],
      false,
    ],
    ['everywhere', { namespace: 'platform', name: 'clients' }, [], true],
    [
      'in a namespace of its own',
      { namespace: 'platform', name: 'clients' },
      ['nspace', 'nspace', 'platform', 'platform'],
      false,
    ],
  ])('names the one ConfigMap that may be read %s', (_where, configMap, namespaces, everywhere) => {
    const text = rbacManifest({ ...SUBJECT, configMap, everywhere });
    expect(() => checkManifest(text)).not.toThrow();
    expect(verbs(text)).toContain('resources: [configmaps] resourceNames: [clients] verbs: [get, watch]');
    expect(text.match(/(?<=^ {2}namespace: ).*/gm) ?? []).toEqual(namespaces);
    expect(text.match(/^kind: .*Role$/gm)).toHaveLength(namespaces.length === 4 ? 2 : 1);
  });
});
