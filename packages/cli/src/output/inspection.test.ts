import type { ChannelEndpoint, ChannelInspection } from '@fairlead/client';
import { expect, it } from 'vitest';
import { formatChannel } from './inspection.js';

const ENDPOINT: ChannelEndpoint = {
  key: '10.0.0.1:80',
  pod: 'pod-1',
  node: 'node-1',
  zone: null,
  why: 'ejected',
  connection: { state: 'ready', sinceMs: 5 },
  worth: 1 / 3,
  inFlight: 2,
  streams: 1,
  failing: 0,
  ejection: { cause: 'success-rate', sinceMs: 1, untilMs: 2 },
  report: { atMs: 1, ageMs: 240 },
  reportStreamMs: null,
};
const CHANNEL: ChannelInspection = {
  target: 'k8s:///svc.ns:80',
  state: 'failed',
  policy: { name: 'loadAware', basis: 'calls in flight', config: {}, rejected: 'pick: unknown' },
  endpointSet: {
    state: 'stale',
    sinceMs: 1,
    cause: 'away',
    source: 'kubernetes',
    version: 'v',
    lastChange: { reason: '1 added', atMs: 1, ageMs: 1500, lateMs: null },
  },
  connections: { idle: 0, connecting: 0, ready: 1, failed: 0 },
  failure: 'no ready endpoint',
  endpoints: [ENDPOINT],
};

it('is a line for the channel, what is wrong with it, and a table of its endpoints', () => {
  expect(formatChannel(CHANNEL).split('\n')).toEqual([
    'k8s:///svc.ns:80: loadAware, by calls in flight',
    'endpoints stale (away), last change 1.5 s ago: 1 added',
    'the latest config is not used: pick: unknown',
    'calls fail: no ready endpoint',
    'ENDPOINT     POD    ZONE  WHY                     CONNECTION  WORTH  IN FLIGHT  STREAMS  REPORT',
    '10.0.0.1:80  pod-1  -     ejected (success-rate)  ready       0.333  2          1        0.2 s ago',
  ]);
});

it('says nothing of what is not known', () => {
  const { policy } = CHANNEL;
  const plain = { ...policy, name: 'round_robin', basis: null, rejected: null };
  const unknown = {
    ...ENDPOINT,
    pod: null,
    why: null,
    connection: null,
    worth: null,
    inFlight: null,
    streams: null,
    failing: null,
    ejection: null,
    report: null,
  };
  const text = formatChannel({
    ...CHANNEL,
    target: '',
    policy: plain,
    endpointSet: null,
    failure: null,
    endpoints: [unknown],
  });
  expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '(another resolver): round_robin',
    'ENDPOINT POD ZONE WHY CONNECTION WORTH IN FLIGHT STREAMS REPORT',
    '10.0.0.1:80 - - - - - - - -',
  ]);
});
