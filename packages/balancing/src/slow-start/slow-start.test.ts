import { expect, it } from 'vitest';
import { Load } from '../candidates/loads.js';
import { SlowStart } from './slow-start.js';

// Envoy: max(min_weight_percent, (time since start ÷ slow_start_window) ^ (1 ÷ aggression)).
it.each([
  // age (ms), aggression, least share, share in a window of 10 s
  [0, 1, 0.1, 0.1],
  [500, 1, 0.1, 0.1],
  [1000, 1, 0.1, 0.1],
  [2500, 1, 0.1, 0.25],
  [5000, 1, 0.1, 0.5],
  [9999, 1, 0.1, 0.9999],
  [10_000, 1, 0.1, 1],
  [60_000, 1, 0.1, 1],
  [100, 2, 0.1, 0.1],
  [400, 2, 0.1, 0.2],
  [2500, 2, 0.1, 0.5],
  [8100, 2, 0.1, 0.9],
  [5000, 0.5, 0.1, 0.25],
  [9000, 0.5, 0.1, 0.81],
  [1250, 3, 0.1, 0.5],
  [2500, 1, 0.5, 0.5],
  [0, 1, 1, 1],
])(
  'after %i ms, with an aggression of %d and at least %d, the share is %d',
  (age, aggression, minShare, share) => {
    const stage = new SlowStart({ windowMs: 10_000, aggression, minShare });
    const load = new Load('a');
    stage.connected(load, 777);
    expect(stage.share(load, 777 + age)).toBeCloseTo(share, 10);
  },
);

it('counts from the connection, not from the list, and no more once it is warm', () => {
  const stage = new SlowStart({ windowMs: 1000, aggression: 1, minShare: 0.1 });
  const load = new Load('a');
  expect([stage.share(load, 500), stage.nextWakeMs]).toEqual([1, null]);
  stage.connected(load, 500);
  stage.connected(load, 900);
  expect(stage.share(load, 1000)).toBe(0.5);
  expect(stage.nextWakeMs).toBe(550);
  stage.wake(1500);
  expect([stage.share(load, 1500), stage.nextWakeMs]).toEqual([1, null]);
  stage.connected(load, 2000);
  expect(stage.share(load, 2000)).toBe(1);
  stage.restart(load, 3000);
  expect(stage.share(load, 3250)).toBe(0.25);
});
