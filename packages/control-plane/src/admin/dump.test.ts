import { expect, it } from 'vitest';
import { putTarget } from '../../test/doubles/targets.js';
import { PUSH_ORDER } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { dumpResource } from './dump.js';

it('knows every type that is inside of what clients are served', () => {
  const snapshot = new Snapshot();
  putTarget(snapshot, 'a.n:1', '10.0.0.1');
  const dumped = PUSH_ORDER.map((type) => dumpResource(snapshot.resource(type, 'a.n:1')!));
  expect(dumped).toMatchObject([
    { name: 'a.n:1', type: 'EDS' },
    { clusterName: 'a.n:1', endpoints: [{}] },
    { name: 'a.n:1', apiListener: { apiListener: { httpFilters: [{ name: 'router' }] } } },
    { name: 'a.n:1', virtualHosts: [{}] },
  ]);
});
