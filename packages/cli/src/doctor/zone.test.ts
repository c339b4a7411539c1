import { KubeError, type KubeObject } from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { checkZone } from './zone.js';

function endpointOn(node: string, more: object = {}) {
  const ready = { ready: true, serving: true, terminating: false };
  return { key: node, addresses: [], slice: 's', node, ...ready, ...more };
}
const HINTED = endpointOn('m', { zone: 'b', forZones: ['b'] });
const labelled = (labels: Record<string, string>) => ({ metadata: { name: 'n', labels } });

const NONE = { FAIRLEAD_POD_LABELS: '/nowhere' };
const NODE = { ...NONE, FAIRLEAD_NODE: 'n' };
const tells = 'FAIRLEAD_ZONE would tell it';

it.each<[string, Record<string, string>, object[], object | Error, string | undefined]>([
  ['nothing is said and nothing asks for it', NONE, [endpointOn('m')], {}, undefined],
  [
    'hints ask for a zone that nobody says',
    NONE,
    [HINTED],
    {},
    `the zone of clients here is not known: neither FAIRLEAD_ZONE, FAIRLEAD_NODE nor labels of the pod say it; ${tells}`,
  ],
  [
    'the variable says it',
    { ...NODE, FAIRLEAD_ZONE: 'a' },
    [],
    {},
    'clients here run in zone a (FAIRLEAD_ZONE)',
  ],
  [
    'an endpoint is on the node',
    NODE,
    [HINTED, endpointOn('n', { zone: 'a' })],
    {},
    'clients here run in zone a (endpoints on node n)',
  ],
  [
    'the node says it',
    NODE,
    [HINTED],
    labelled({ 'topology.kubernetes.io/zone': 'a' }),
    'clients here run in zone a (node n)',
  ],
  [
    'nodes may not be read',
    NODE,
    [HINTED],
    new KubeError(403, 'forbidden'),
    `the zone of clients here is not known: ServiceAccount x:y may not get nodes, and no endpoint runs on node n; ${tells}`,
  ],
  [
    'the node has no zone',
    NODE,
    [],
    labelled({}),
    `the zone of clients here is not known: node n has no label topology.kubernetes.io/zone; ${tells}`,
  ],
  [
    'there is no such node',
    NODE,
    [],
    new KubeError(404, 'not found'),
    `the zone of clients here is not known: there is no node n; ${tells}`,
  ],
])('says it when %s, and never calls it a fault', async (_what, env, endpoints, answer, text) => {
  const client = {
    get: async <T extends KubeObject>(): Promise<T> => {
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  const set = { endpoints: endpoints as ReturnType<typeof endpointOn>[] };
  const checks = await checkZone({ client, user: 'ServiceAccount x:y', set, env });
  expect(checks).toEqual(text === undefined ? [] : [{ id: 'zone', ok: true, text }]);
});
