import { checkManifest } from '@fairlead/sandbox';
import { expect, it } from 'vitest';
import { xdsRbacManifest } from './xds-rbac.js';

it('is a manifest of a ClusterRole with reading, reviewing and nothing else, and its binding', () => {
  const text = xdsRbacManifest({ accountNamespace: 'ops' });
  expect(() => checkManifest(text)).not.toThrow();
  expect(text.match(/^kind: \w+$/gm)).toEqual(['kind: ClusterRole', 'kind: ClusterRoleBinding']);
  expect(text.match(/(?:resources|verbs): .*/g)).toEqual([
    'resources: [endpointslices]',
    'verbs: [get, list, watch]',
    'resources: [services]',
    'verbs: [get, list, watch]',
    'resources: [tokenreviews]',
    'verbs: [create]',
    'resources: [subjectaccessreviews]',
    'verbs: [create]',
  ]);
  expect(text).toMatch(/name: fairlead-xds\n {4}namespace: ops\n$/);
});
