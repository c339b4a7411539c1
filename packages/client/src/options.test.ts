import { expect, it } from 'vitest';
import { differingOption, type RegisterOptions, readChannelOptions, readSettings } from './options.js';

it('fills in the defaults', () => {
  expect(readSettings({})).toEqual({
    clusterDomain: 'cluster.local',
    settleMs: 50,
    firstAnswerMs: 5000,
    lingerMs: 30_000,
    maxStaleMs: Number.POSITIVE_INFINITY,
    picksByEndpoint: false,
  });
});

it.each(['k8s.example', '.cluster.local', 'cluster.local.'])(
  'takes %s for a cluster domain',
  (clusterDomain) => {
    expect(readSettings({ clusterDomain, namespace: 'shop-2' })).toMatchObject({ clusterDomain });
  },
);

it('does not take grpc for a setting', () => {
  expect(readSettings({ grpc: { experimental: {} } })).not.toHaveProperty('grpc');
});

it.each([null, 3, [], 'k8s'])('refuses %j in place of options', (options) => {
  expect(() => readSettings(options as unknown as RegisterOptions)).toThrow(
    `register: got ${JSON.stringify(options)}, accepted: an object with options`,
  );
});

it.each<[object, string]>([
  [{ settleMs: -1 }, 'register option settleMs: got -1, accepted: milliseconds ≥ 0'],
  [{ lingerMs: Number.NaN }, 'register option lingerMs: got NaN'],
  [{ lingerMs: Number.POSITIVE_INFINITY }, 'register option lingerMs: got Infinity'],
  [{ firstAnswerMs: '5s' }, 'register option firstAnswerMs: got "5s"'],
  [{ namespace: '' }, 'register option namespace: got "", accepted: a name of at most 63 lower-case letters'],
  [{ namespace: 'Shop' }, 'register option namespace: got "Shop"'],
  [{ namespace: 'a.b' }, 'register option namespace: got "a.b"'],
  [
    { clusterDomain: 'a b' },
    'register option clusterDomain: got "a b", accepted: a DNS domain in lower case',
  ],
  [{ clusterDomain: 'a..b' }, 'register option clusterDomain: got "a..b"'],
  [{ context: '' }, 'register option context: got "", accepted: a non-empty string'],
  [{ policy: [] }, 'register option policy: got []'],
  [{ logger: {} }, 'accepted: an object with debug, info, warn and error'],
  [{ meterProvider: 1 }, 'register option meterProvider: got 1'],
  [{ picksByEndpoint: 'yes' }, 'register option picksByEndpoint: got "yes", accepted: true or false'],
  [
    { clusterConfig: 'yes' },
    'register option clusterConfig: got "yes", accepted: true, false, or {configMap: ',
  ],
  [{ clusterConfig: { configMap: 'a/b/c' } }, 'register option clusterConfig: got {"configMap":"a/b/c"}'],
  [{ clusterConfig: { configMap: 'Clients' } }, 'register option clusterConfig: got {"configMap":"Clients"}'],
  [{ clusterConfig: { configmap: 'clients' } }, 'register option clusterConfig: got {"configmap":"clients"}'],
  [{ clusterConfig: null }, 'register option clusterConfig: got null'],
  [{ configPath: '' }, 'register option configPath: got "", accepted: a path of a folder or file'],
  [{ random: 0.5 }, 'register option random: got 0.5, accepted: a function'],
  [{ kubeConfig: '/x' }, 'register option kubeConfig is unknown; accepted: grpc, kubeconfig, context'],
])('refuses %j', (options, message) => {
  expect(() => readSettings(options as RegisterOptions)).toThrow(message);
});

it.each<[RegisterOptions, RegisterOptions, string | null]>([
  [{}, {}, null],
  [{ settleMs: 50 }, {}, null],
  [{ settleMs: 51 }, {}, 'settleMs'],
  [{ zone: 'a' }, { zone: 'b' }, 'zone'],
  [{ clusterConfig: { configMap: 'a.b' } }, { clusterConfig: { configMap: 'a.b' } }, null],
  [{ clusterConfig: { configMap: 'ns/a' } }, { clusterConfig: true }, 'clusterConfig'],
  [{ policy: { pick: { roundRobin: {} } } }, { policy: { pick: { roundRobin: {} } } }, null],
  [{ configPath: '/a' }, { configPath: '/b' }, 'configPath'],
  [{ policy: 'roundRobin' }, { policy: 'leastRequest' }, 'policy'],
  [{ random: () => 0 }, { random: () => 0 }, 'random'],
])('compares %j with %j', (a, b, expected) => {
  expect(differingOption(readSettings(a), readSettings(b))).toBe(expected);
});

it('reads the options of a channel and refuses what is no text', () => {
  expect(
    readChannelOptions({
      'fairlead.zone': 'a',
      'fairlead.policy': 'roundRobin',
      'fairlead.kubeconfig': '/k',
      'fairlead.context': 'c',
      'grpc.keepalive_time_ms': 1,
    }),
  ).toEqual({ zone: 'a', policy: 'roundRobin', kubeconfig: '/k', context: 'c' });
  expect(readChannelOptions({})).toEqual({});
  expect(() => readChannelOptions({ 'fairlead.policy': { pick: {} } })).toThrow(
    'channel option fairlead.policy: got {"pick":{}}, accepted: a non-empty string',
  );
  expect(() => readChannelOptions({ 'fairlead.polcy': 'roundRobin' })).toThrow(
    'channel option fairlead.polcy is unknown; accepted: fairlead.kubeconfig, fairlead.context',
  );
});
