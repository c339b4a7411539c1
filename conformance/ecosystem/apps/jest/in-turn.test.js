import { callPods } from './even.js';

test('calls reach every pod, in turn', async () => {
  expect((await callPods('roundRobin')).size).toBe(3);
});
