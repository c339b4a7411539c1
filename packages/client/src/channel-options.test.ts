import { expect, it } from 'vitest';
import { type ChannelOptionsInput, channelOptions } from './channel-options.js';
import { callKinds } from './streams/call-kinds.js';
import { peerAttributes } from './telemetry/peer-attributes.js';

it('turns the proxy off and keepalive on', () => {
  expect(channelOptions()).toEqual({
    'grpc.enable_http_proxy': 0,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 5_000,
    interceptors: [callKinds()],
  });
});

it('puts the interceptors of the application after its own', () => {
  const own = peerAttributes();
  expect(channelOptions({ interceptors: [own] }).interceptors).toEqual([callKinds(), own]);
});

it('builds retries of UNAVAILABLE on request only', () => {
  const options = channelOptions({ retry: { maxAttempts: 4 }, keepalive: false });
  expect(JSON.parse(options['grpc.service_config'] ?? '')).toEqual({
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: '0.05s',
          maxBackoff: '1s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  });
  expect(options).not.toHaveProperty('grpc.keepalive_time_ms');
});

it.each([
  ['roundRobin', '{"pick":{"roundRobin":{}}}'],
  [{ pick: { leastRequest: { choiceCount: 4 } } }, '{"pick":{"leastRequest":{"choiceCount":4}}}'],
])('writes the policy %j as text', (policy, text) => {
  expect(channelOptions({ policy })['fairlead.policy']).toBe(text);
});

it.each<[ChannelOptionsInput, string]>([
  [{ policy: 'fastest' }, 'channelOptions: policy: fairlead.pick'],
  [
    { retry: { maxAttempts: 1 } },
    'channelOptions: retry.maxAttempts: got 1, accepted: an integer from 2 to 5',
  ],
  [{ retry: { maxAttempts: 6 } }, 'retry.maxAttempts: got 6'],
  [{ retry: { initialBackoffMs: 0 } }, 'retry.initialBackoffMs: got 0, accepted: an integer from 1 to 1000'],
  [
    { retry: { initialBackoffMs: 2000 } },
    'retry.initialBackoffMs: got 2000, accepted: an integer from 1 to 1000, which is retry.maxBackoffMs',
  ],
  [{ retry: { maxBackoffMs: 0 } }, 'retry.maxBackoffMs: got 0, accepted: an integer ≥ 1'],
  [{ keepalive: { timeMs: 0.5 } }, 'keepalive.timeMs: got 0.5'],
  [
    { retries: true } as ChannelOptionsInput,
    'channelOptions: retries is unknown; accepted: policy, retry, keepalive, interceptors',
  ],
  [
    { keepalive: { timeoutMS: 1 } } as ChannelOptionsInput,
    'channelOptions: keepalive.timeoutMS is unknown; accepted: timeMs, timeoutMs',
  ],
  [
    { keepalive: { '\n\u2028a': 1 } } as ChannelOptionsInput,
    'channelOptions: keepalive. a is unknown; accepted: timeMs, timeoutMs',
  ],
  [
    { retry: 'yes' } as unknown as ChannelOptionsInput,
    'retry: got "yes", accepted: true, false or an object',
  ],
  [
    { interceptors: 'own' } as unknown as ChannelOptionsInput,
    'interceptors: got "own", accepted: an array of functions',
  ],
  [
    { interceptors: [null] } as unknown as ChannelOptionsInput,
    'interceptors: got [null], accepted: an array of functions',
  ],
  [
    { keepalive: null } as unknown as ChannelOptionsInput,
    'keepalive: got null, accepted: true, false or an object',
  ],
])('refuses %j', (input, message) => {
  expect(() => channelOptions(input)).toThrow(message);
});
