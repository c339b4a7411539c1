import { expect, it } from 'vitest';
import type { DeploymentObject } from '../objects.js';
import { webDeployment } from '../testing.js';
import { maxSurge, maxUnavailable } from './limits.js';

function deployment(
  replicas: number,
  rollingUpdate: { maxSurge?: number | string; maxUnavailable?: number | string },
) {
  return webDeployment(replicas, { strategy: { type: 'RollingUpdate', rollingUpdate } }) as DeploymentObject;
}

it.each([
  [4, {}, 1, 1],
  [10, { maxSurge: '25%', maxUnavailable: '25%' }, 3, 2],
  [1, { maxSurge: '25%', maxUnavailable: '25%' }, 1, 0],
  [3, { maxSurge: 0, maxUnavailable: '25%' }, 0, 1],
  [3, { maxSurge: 0, maxUnavailable: 0 }, 0, 1],
  [3, { maxSurge: 2, maxUnavailable: 9 }, 2, 3],
  [150, { maxSurge: '1%', maxUnavailable: '1%' }, 2, 1],
  [4, { maxSurge: '100%', maxUnavailable: '0%' }, 4, 0],
  [0, { maxSurge: '25%', maxUnavailable: 1 }, 0, 0],
])('%d replicas with %j may surge by %d and miss %d', (replicas, rolling, surge, unavailable) => {
  expect(maxSurge(deployment(replicas, rolling))).toBe(surge);
  expect(maxUnavailable(deployment(replicas, rolling))).toBe(unavailable);
});

it('allows neither with strategy Recreate', () => {
  const recreate = webDeployment(4, { strategy: { type: 'Recreate' } }) as DeploymentObject;
  expect([maxSurge(recreate), maxUnavailable(recreate)]).toEqual([0, 0]);
});
