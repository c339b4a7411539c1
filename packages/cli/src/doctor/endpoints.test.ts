import type { Endpoint } from '@fairlead/discovery';
import { expect, it } from 'vitest';
import { summarize } from './endpoints.js';

const endpoint = (slice: string, more: Partial<Endpoint> = {}): Endpoint => ({
  key: '10.0.0.1:1',
  addresses: [{ host: '10.0.0.1', port: 1 }],
  ready: true,
  serving: true,
  terminating: false,
  slice,
  ...more,
});

it('counts endpoints by condition, and slices', () => {
  expect(summarize({ endpoints: [endpoint('a')] })).toBe('1 endpoint in 1 slice: 1 ready');
  const endpoints = [endpoint('a'), endpoint('b'), endpoint('b', { ready: false, serving: false })];
  expect(summarize({ endpoints })).toBe('3 endpoints in 2 slices: 2 ready, 1 not ready');
});
