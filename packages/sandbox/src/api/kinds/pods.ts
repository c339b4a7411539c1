import type { KindInfo } from '../kinds.js';
import { defaultPod } from './pod-defaults.js';
import { POD_TABLE } from './pod-table.js';
import { validatePod } from './pod-validation.js';
import { STORED_VERBS } from './verbs.js';

/** Pods. */
export const POD_KINDS: readonly KindInfo[] = [
  {
    kind: 'Pod',
    resource: 'pods',
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status', 'log', 'binding', 'eviction', 'exec', 'attach', 'portforward', 'proxy'],
    setDefaults: defaultPod,
    validate: validatePod,
    table: POD_TABLE,
  },
];
