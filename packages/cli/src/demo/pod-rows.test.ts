import type { Endpoint } from '@fairlead/discovery';
import { expect, it } from 'vitest';
import { podRows } from './pod-rows.js';

const endpoint = (n: number, more: Partial<Endpoint> = {}): Endpoint => ({
  key: `10.0.0.${n}:1`,
  addresses: [{ host: `10.0.0.${n}`, port: 1 }],
  pod: `pod-${n}`,
  ready: true,
  serving: true,
  terminating: false,
  slice: 's',
  ...more,
});

it('has a row for each pod, also for one without calls, in the order of the addresses', () => {
  expect(podRows(new Map([['10.0.0.2:1', 7]]), [endpoint(10), endpoint(2)])).toEqual([
    { label: '10.0.0.2:1 pod-2', value: 7 },
    { label: '10.0.0.10:1 pod-10', value: 0 },
  ]);
});

it('counts by name where a client knows no address', () => {
  expect(podRows(new Map([['pod-2', 7]]), [endpoint(2)])).toEqual([{ label: '10.0.0.2:1 pod-2', value: 7 }]);
});

it('notes what is not ready and sums up what is gone', () => {
  const calls = new Map([
    ['10.0.0.8:1', 3],
    ['10.0.0.9:1', 4],
  ]);
  expect(podRows(calls, [endpoint(1, { ready: false, terminating: true })])).toEqual([
    { label: '10.0.0.1:1 pod-1', value: 0, note: 'draining' },
    { label: '(pods that are gone)', value: 7 },
  ]);
});
