import { expect, it } from 'vitest';
import { formatWait, KUBELET_RESTART_LIMITS, RestartBackoff, restarts, restartsInit } from './restart.js';

it('restarts at once, then after 10 s, doubled up to 300 s, and starts over after ten quiet minutes', () => {
  const backoff = new RestartBackoff(KUBELET_RESTART_LIMITS);
  let nowMs = 1_000_000;
  const waits: number[] = [];
  for (let crash = 0; crash < 8; crash++) {
    const waitMs = backoff.next(nowMs);
    waits.push(waitMs / 1000);
    nowMs += waitMs + 500;
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  expect(backoff.next(nowMs + 599_000)).toBe(300_000);
  expect(backoff.next(nowMs + 599_000 + 300_000 + 600_001)).toBe(0);
});

it.each([
  [undefined, 0, true],
  ['Always', 1, true],
  ['OnFailure', 0, false],
  ['OnFailure', 1, true],
  ['Never', 1, false],
] as const)('follows restartPolicy %s after exit code %i', (policy, exitCode, expected) => {
  expect(restarts({ name: 'a' }, policy, exitCode)).toBe(expected);
  expect(restarts({ name: 'sidecar', restartPolicy: 'Always' }, policy, exitCode)).toBe(true);
});

it('runs an init container until it succeeds, unless the policy is Never', () => {
  expect(restartsInit('Always', 0)).toBe(false);
  expect(restartsInit('Always', 1)).toBe(true);
  expect(restartsInit('OnFailure', 1)).toBe(true);
  expect(restartsInit('Never', 1)).toBe(false);
});

it.each([
  [50, '50ms'],
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
])('writes %i ms as %s', (ms, text) => {
  expect(formatWait(ms)).toBe(text);
});
