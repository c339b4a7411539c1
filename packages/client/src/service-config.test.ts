import { parseConfig } from '@fairlead/balancing';
import { expect, it } from 'vitest';
import { ownGrpc } from './grpc.js';
import { chooseServiceConfig, type PolicyRegistry, type ServiceConfigInput } from './service-config.js';

const registry: PolicyRegistry = {
  check: (config) => void parseConfig(config),
  isRegistered: (name) => ['pick_first', 'round_robin', 'outlier_detection'].includes(name),
  parse: (entry) => void ownGrpc.experimental.parseLoadBalancingConfig(entry),
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
    'a policy of grpc-js, passed through with its config',
    config({ loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }] }),
    { pick_first: { shuffleAddressList: true } },
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
    'service config: loadBalancingConfig names only unknown policies: "fairlaed", "xds"; accepted: fairlead, round_robin, pick_first, outlier_detection',
  ],
  [
    'an unknown old policy',
    config({ loadBalancingPolicy: 'grpclb' }),
    'service config: loadBalancingPolicy "grpclb" is unknown; accepted: fairlead, round_robin, pick_first, outlier_detection',
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
    config({ loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ fairlead: {} }] } }] }),
    'service config: loadBalancingConfig.outlier_detection: outlier detection config child_policy must be an array',
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
  [config({ loadBalancingConfig: [{ pick_first: {} }] }), 'pick_first', false],
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
    { pick_first: {} },
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
