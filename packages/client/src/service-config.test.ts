import { parseConfig } from '@fairlead/balancing';
import { expect, it } from 'vitest';
import { ownGrpc } from './grpc.js';
import { chooseServiceConfig, type PolicyRegistry, type ServiceConfigInput } from './service-config.js';

const registry: PolicyRegistry = {
  check: (config) => void parseConfig(config),
  isRegistered: (name) => ['custom', 'round_robin', 'outlier_detection'].includes(name),
  parse: (entry) => {
    if (!('custom' in entry)) ownGrpc.experimental.parseLoadBalancingConfig(entry);
  },
  parseDuration: ownGrpc.experimental.parseDuration,
};
const choose = (input: ServiceConfigInput) => chooseServiceConfig(input, registry);
const config = (value: object) => ({ serviceConfig: JSON.stringify(value) });

const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: '0.1s',
  maxBackoff: '1s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};
const methodConfig = [{ name: [{}], retryPolicy }];

it.each<[string, ServiceConfigInput, object]>([
  ['nothing at all', {}, { fairlead: {} }],
  ['an empty text', { serviceConfig: '' }, { fairlead: {} }],
  ['only methodConfig', config({ methodConfig }), { fairlead: {} }],
  ['an empty list', config({ loadBalancingConfig: [] }), { fairlead: {} }],
  [
    'our own entry',
    config({ loadBalancingConfig: [{ fairlead: { pick: { roundRobin: {} } } }] }),
    { fairlead: { pick: { roundRobin: {} } } },
  ],
  [
    'round_robin, which is mapped',
    config({ loadBalancingConfig: [{ round_robin: {} }] }),
    { fairlead: { pick: { roundRobin: {} } } },
  ],
  [
    'the old field',
    config({ loadBalancingPolicy: 'round_robin' }),
    { fairlead: { pick: { roundRobin: {} } } },
  ],
  [
    'the old field as an enum name',
    config({ loadBalancingPolicy: 'ROUND_ROBIN' }),
    { fairlead: { pick: { roundRobin: {} } } },
  ],
  [
    'the first entry that can run',
    config({ loadBalancingConfig: [{ xds_thing: {} }, { fairlead: {} }, { round_robin: {} }] }),
    { fairlead: {} },
  ],
  [
    "another policy of gRPC's, which is mapped with its config",
    config({ loadBalancingConfig: [{ least_request_experimental: { choiceCount: 4 } }] }),
    { fairlead: { pick: { leastRequest: { choiceCount: 4 } } } },
  ],
  [
    'outlier detection over a policy of ours',
    config({
      loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ fairlead: { subset: {} } }] } }],
    }),
    { fairlead: { subset: {} } },
  ],
  [
    'a policy that is registered, passed through with its config',
    config({ loadBalancingConfig: [{ custom: { some: 1 } }] }),
    { custom: { some: 1 } },
  ],
  ['the policy of register()', { registerPolicy: 'roundRobin' }, { fairlead: { pick: { roundRobin: {} } } }],
  [
    'the service config rather than register()',
    { ...config({ loadBalancingConfig: [{ round_robin: {} }] }), registerPolicy: 'leastRequest' },
    { fairlead: { pick: { roundRobin: {} } } },
  ],
  [
    'the channel option rather than the service config',
    { ...config({ loadBalancingConfig: [{ round_robin: {} }] }), channelPolicy: 'leastRequest' },
    { fairlead: { pick: { leastRequest: {} } } },
  ],
  [
    "a name of gRPC's as channel option",
    { channelPolicy: 'pick_first' },
    { fairlead: { pick: { pickFirst: {} } } },
  ],
  [
    "an entry under gRPC's name as channel option",
    { channelPolicy: '{"ring_hash_experimental":{"maxRingSize":2048}}' },
    { fairlead: { pick: { ringHash: { minRingSize: 1024, maxRingSize: 2048 } } } },
  ],
  [
    "an entry under gRPC's name in register()",
    { registerPolicy: { pick_first: { shuffleAddressList: false } } },
    { fairlead: { pick: { pickFirst: { shuffle: false } } } },
  ],
  [
    'a channel option in JSON',
    { channelPolicy: '{"pick":{"leastRequest":{"choiceCount":3}}}' },
    { fairlead: { pick: { leastRequest: { choiceCount: 3 } } } },
  ],
])('runs for %s', (_what, input, expected) => {
  expect(choose(input).config.loadBalancingConfig).toEqual([expected]);
});

it.each<[string, ServiceConfigInput, string]>([
  [
    'only unknown policies',
    config({ loadBalancingConfig: [{ fairlaed: {} }, { xds: {} }] }),
    'service config: loadBalancingConfig names only unknown policies: "fairlaed", "xds"; accepted: fairlead, round_robin, pick_first, weighted_round_robin, least_request_experimental, ring_hash_experimental, outlier_detection',
  ],
  [
    'an unknown old policy',
    config({ loadBalancingPolicy: 'grpclb' }),
    'service config: loadBalancingPolicy "grpclb" is unknown; accepted: fairlead, round_robin, pick_first, weighted_round_robin, least_request_experimental, ring_hash_experimental, outlier_detection',
  ],
  [
    'a typo inside fairlead',
    config({ loadBalancingConfig: [{ fairlead: { pick: { leastRequests: {} } } }] }),
    'fairlead.pick',
  ],
  [
    'a stage that nobody knows',
    config({ loadBalancingConfig: [{ fairlead: { zones: {} } }] }),
    'unknown key "zones" (did you mean zone?)',
  ],
  [
    'a policy of grpc-js in a form that it does not read',
    config({ loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ custom: {} }] } }] }),
    'service config: loadBalancingConfig.outlier_detection: outlier detection config child_policy must be an array',
  ],
  [
    "a typo inside a policy of gRPC's",
    config({ loadBalancingConfig: [{ weighted_round_robin: { blackout: '1s' } }] }),
    'service config: loadBalancingConfig.weighted_round_robin: unknown key "blackout"; accepted:',
  ],
  [
    'a typo in the child of an outlier detection',
    config({
      loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ fairlead: { pik: {} } }] } }],
    }),
    'service config: loadBalancingConfig.outlier_detection: fairlead: unknown key "pik" (did you mean pick?)',
  ],
  [
    "a typo in an option that is an entry under gRPC's name",
    { channelPolicy: '{"pick_first":{"shuffle":true}}' },
    'channel option fairlead.policy: pick_first: unknown key "shuffle"',
  ],
  ['a fairlead entry that is no object', config({ loadBalancingConfig: [{ fairlead: [] }] }), 'fairlead'],
  [
    'an unknown channel policy',
    { channelPolicy: 'fastest' },
    'channel option fairlead.policy: fairlead.pick',
  ],
  [
    'a channel policy in broken JSON',
    { channelPolicy: '{"pick"' },
    'channel option fairlead.policy is no JSON',
  ],
  ['an empty channel policy', { channelPolicy: '' }, 'got "", accepted: the name of a pick'],
  ['an unknown register policy', { registerPolicy: 'fastest' }, 'register option policy: fairlead.pick'],
  ['a text that is no JSON', { serviceConfig: '{' }, 'service config is no JSON'],
  ['a list', { serviceConfig: '[]' }, 'service config is no JSON object'],
])('refuses %s', (_what, input, message) => {
  expect(() => choose(input)).toThrow(message);
});

it('keeps the rest of the service config', () => {
  const retryThrottling = { maxTokens: 10, tokenRatio: 0.1 };
  const { config: chosen } = choose(
    config({ methodConfig, retryThrottling, loadBalancingPolicy: 'round_robin' }),
  );
  expect(chosen).toEqual({
    methodConfig,
    retryThrottling,
    loadBalancingConfig: [{ fairlead: { pick: { roundRobin: {} } } }],
  });
});

it.each([
  ['1s', { seconds: 1, nanos: 0 }],
  ['1.5s', { seconds: 1, nanos: 500_000_000 }],
])('gives the timeout %s in the form that grpc-js reads', (timeout, expected) => {
  const { config: chosen } = choose(config({ methodConfig: [{ name: [{}], timeout }] }));
  expect(chosen.methodConfig[0]?.timeout).toEqual(expected);
});

it.each([
  [config({ loadBalancingConfig: [{ custom: {} }] }), 'custom', false],
  [config({ loadBalancingConfig: [{ pick_first: {} }] }), 'fairlead', true],
  [config({ loadBalancingConfig: [{ round_robin: {} }] }), 'fairlead', true],
])('warns exactly when a policy of grpc-js runs: %j', (input, policy, ours) => {
  const choice = choose(input);
  expect([choice.policy, choice.ours]).toEqual([policy, ours]);
  expect(choice.warning === undefined).toBe(ours);
});

it.each<[string, ServiceConfigInput, object, object[]]>([
  ['nothing of the user', {}, { fairlead: { pick: { roundRobin: {} } } }, [{ name: [{}], timeout: '3s' }]],
  [
    'a policy of register()',
    { registerPolicy: 'leastRequest' },
    { fairlead: { pick: { leastRequest: {} } } },
    [{ name: [{}], timeout: '3s' }],
  ],
  [
    'a policy of the channel',
    { channelPolicy: 'leastRequest' },
    { fairlead: { pick: { leastRequest: {} } } },
    [{ name: [{}], timeout: '3s' }],
  ],
  [
    'a policy of the service config',
    config({ loadBalancingConfig: [{ pick_first: {} }] }),
    { fairlead: { pick: { pickFirst: {} } } },
    [{ name: [{}], timeout: '3s' }],
  ],
  [
    'methods of the service config',
    config({ methodConfig }),
    { fairlead: { pick: { roundRobin: {} } } },
    methodConfig,
  ],
  [
    'an empty methodConfig, which says nothing',
    config({ methodConfig: [] }),
    { fairlead: { pick: { roundRobin: {} } } },
    [{ name: [{}], timeout: '3s' }],
  ],
])('lets the cluster complete %s', (_what, input, entry, methods) => {
  const cluster = {
    policy: { pick: { roundRobin: {} } },
    // As the application writes it; grpc-js's type is that of what is read.
    methodConfig: [{ name: [{}], timeout: '3s' } as unknown as { name: [object] }],
  };
  const chosen = choose({ ...input, cluster }).config;
  expect(chosen.loadBalancingConfig).toEqual([entry]);
  const shown = methods.map((each) =>
    'timeout' in each ? { ...each, timeout: { seconds: 3, nanos: 0 } } : each,
  );
  expect(chosen.methodConfig).toEqual(shown);
});
