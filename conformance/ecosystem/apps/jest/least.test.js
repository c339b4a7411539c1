import { callPods } from './even.js';

test('calls reach every pod, by least request', async () => {
  expect((await callPods('leastRequest')).size).toBe(3);
});
