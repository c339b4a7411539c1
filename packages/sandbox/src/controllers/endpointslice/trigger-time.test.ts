import { expect, it } from 'vitest';
import type { PodObject } from '../objects.js';
import { testPod, testService } from './testing.js';
import { formatTriggerTime, TriggerTimes } from './trigger-time.js';

const at = (seconds: number) => Date.parse('2030-01-01T00:00:00Z') + seconds * 1000;

function podAt(n: number, seconds: number): PodObject {
  const pod = testPod(n);
  const lastTransitionTime = new Date(at(seconds)).toISOString();
  pod.status = { ...pod.status, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] };
  return pod;
}

it('starts with the creation of the Service, then names the earliest change since the last call', () => {
  const times = new TriggerTimes();
  const service = testService();
  expect(times.next('ns/svc', service, [podAt(1, 5)])).toBe(at(0));
  expect(times.next('ns/svc', service, [podAt(1, 5)])).toBeUndefined();
  expect(times.next('ns/svc', service, [podAt(1, 9), podAt(2, 7)])).toBe(at(7));
  expect(times.next('ns/svc', service, [podAt(1, 9)])).toBeUndefined();
});

it('counts a pod that comes back under its name as changed only when its time is later', () => {
  const times = new TriggerTimes();
  times.next('ns/svc', testService(), [podAt(1, 5)]);
  expect(times.next('ns/svc', testService(), [podAt(1, 3)])).toBeUndefined();
  expect(times.next('ns/svc', testService(), [podAt(1, 6)])).toBe(at(6));
});

it('sees a Service that was made again', () => {
  const times = new TriggerTimes();
  const service = testService();
  times.next('ns/svc', service, []);
  const again = { ...service, metadata: { ...service.metadata, creationTimestamp: '2030-01-01T00:01:00Z' } };
  expect(times.next('ns/svc', again, [])).toBe(at(60));
  times.forget('ns/svc');
  expect(times.next('ns/svc', service, [])).toBe(at(0));
});

it.each([
  [at(1), '2030-01-01T00:00:01Z'],
  [at(1.5), '2030-01-01T00:00:01.5Z'],
  [at(10), '2030-01-01T00:00:10Z'],
  [at(0.123), '2030-01-01T00:00:00.123Z'],
])('writes %d as %s', (ms, text) => {
  expect(formatTriggerTime(ms)).toBe(text);
});
