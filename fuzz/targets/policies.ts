import { ConfigError, configToJson, parseConfig, sameConfig, standardConfig } from '@fairlead/balancing';
import { ClientError, channelOptions } from '@fairlead/client';
import * as grpc from '@grpc/grpc-js';
import { validateServiceConfig } from '@grpc/grpc-js/build/src/service-config.js';
import { readSettings } from '#client/options.js';
import { chooseServiceConfig, type PolicyRegistry } from '#client/service-config.js';
import { type Json, jsonForm, jsonText, jsonValue } from '../forms/json.js';
import { read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const CONFIG_REFUSALS = { documented: (error: unknown) => error instanceof ConfigError };
const CLIENT_REFUSALS = { documented: (error: unknown) => error instanceof ClientError };

const REGISTRY: PolicyRegistry = {
  check: (config) => void parseConfig(config),
  isRegistered: grpc.experimental.isLoadBalancerNameRegistered,
  parse: (entry) => void grpc.experimental.parseLoadBalancingConfig(entry),
  parseDuration: grpc.experimental.parseDuration,
};

/** What grpc-js itself makes of a service config: no resolver ever sees one that it refuses. */
function grpcAccepts(text: string): boolean {
  try {
    validateServiceConfig(JSON.parse(text));
    return true;
  } catch {
    return false;
  }
}

interface Input {
  readonly config?: unknown;
  /** A policy by gRPC's name. */
  readonly standard?: object;
  readonly service?: Json;
  readonly register?: object;
  readonly channel?: object;
}

/** What is read of a policy of gRPC is a config that is accepted as it is. */
function judgeStandard(standard: object, hasOwnPart: boolean): void {
  for (const [name, json] of Object.entries(standard)) {
    const config = read(CONFIG_REFUSALS, () => standardConfig(name, json));
    if (config === undefined || config === null) continue;
    const parsed = read(CONFIG_REFUSALS, () => parseConfig(config));
    hold(parsed !== undefined || hasOwnPart, 'it is read as a config that is refused');
  }
}

function judge(json: Json): void {
  const value = jsonValue(json) as Input;
  judgeStandard(Object(value?.standard ?? {}), JSON.stringify(json).includes('fairlead'));
  const config = read(CONFIG_REFUSALS, () => parseConfig(value?.config));
  if (config !== undefined) {
    hold(sameConfig(config, parseConfig(configToJson(config))), 'written out it does not mean the same');
  }
  read(CLIENT_REFUSALS, () => readSettings(value?.register ?? {}));
  read(CLIENT_REFUSALS, () => channelOptions(value?.channel ?? {}));
  const channelPolicy = value?.config;
  read(CLIENT_REFUSALS, () => chooseServiceConfig({ channelPolicy }, REGISTRY));
  const serviceConfig = jsonText((json as { service?: Json })?.service ?? {});
  if (!grpcAccepts(serviceConfig)) return;
  const chosen = read(CLIENT_REFUSALS, () => chooseServiceConfig({ serviceConfig }, REGISTRY));
  if (chosen !== undefined) hold(chosen.config.loadBalancingConfig.length === 1, 'there is not one policy');
}

const WORDS = [
  ...[
    'pick',
    'roundRobin',
    'leastRequest',
    'choiceCount',
    'subset',
    'zone',
    'loadBalancingConfig',
    'fairlead',
  ],
  ...[
    'round_robin',
    'pick_first',
    'outlier_detection',
    'weighted_round_robin',
    'methodConfig',
    'retryPolicy',
  ],
  ...[
    'outlier_detection',
    'childPolicy',
    'successRateEjection',
    'ring_hash_experimental',
    'blackoutPeriod',
    '3.2s',
  ],
  ...[
    'slowStart',
    'windowMs',
    'outliers',
    'streams',
    'loadAware',
    'peakEwma',
    'ringHash',
    'weightedRoundRobin',
  ],
  ...['timeout', '1.5s', 'loadBalancingPolicy', 'ROUND_ROBIN', 'policy', 'retry', 'keepalive', 'timeMs'],
];

/** The `fairlead` config, service configs and the options of the client. */
export const policies: FuzzTarget<Json> = {
  name: 'policies',
  about: 'fairlead configs, gRPC service configs, options of register() and channelOptions()',
  form: jsonForm(WORDS),
  seeds: () => [
    { config: { pick: { leastRequest: { choiceCount: 3 } } } },
    { config: { pick: { roundRobin: {} } }, channel: { policy: 'roundRobin', retry: { maxAttempts: 4 } } },
    { config: 'leastRequest', channel: { keepalive: { timeMs: 1000, timeoutMs: 500 }, retry: true } },
    {
      config: '{"pick":{"leastRequest":{}}}',
      register: { policy: { pick: { roundRobin: {} } }, namespace: 'shop' },
    },
    {
      service: {
        loadBalancingConfig: [
          { fairlead: { pick: { leastRequest: { choiceCount: 2 } } } },
          { pick_first: {} },
        ],
        methodConfig: [
          {
            name: [{ service: 'a.B', method: 'C' }],
            timeout: '1.5s',
            retryPolicy: {
              maxAttempts: 3,
              initialBackoff: '0.05s',
              maxBackoff: '1s',
              backoffMultiplier: 2,
              retryableStatusCodes: ['UNAVAILABLE'],
            },
          },
        ],
      },
    },
    {
      service: { loadBalancingPolicy: 'ROUND_ROBIN' },
      register: { settleMs: 5, watchScope: 'auto', zone: 'a' },
    },
    {
      standard: {
        weighted_round_robin: {
          blackoutPeriod: '0s',
          weightUpdatePeriod: '0.1s',
          errorUtilizationPenalty: 1,
        },
        least_request_experimental: { choiceCount: 20 },
        ring_hash_experimental: { minRingSize: '100', maxRingSize: 8_388_608, requestHashHeader: 'x-user' },
        pick_first: { shuffleAddressList: false },
        outlier_detection: {
          interval: '1s',
          maxEjectionPercent: 20,
          successRateEjection: { stdevFactor: 1900 },
          failurePercentageEjection: { threshold: 50, minimumHosts: 3 },
          childPolicy: [{ nix: {} }, { round_robin: {} }],
        },
      },
    },
    {
      config: {
        pick: { loadAware: { choiceCount: 3 } },
        slowStart: { windowMs: 1000, aggression: 1.5, minShare: 0.2 },
        outliers: { consecutiveFailures: 3, successRate: {}, failurePercentage: { threshold: 10 } },
        subset: { size: 5 },
        zone: { hints: false },
      },
    },
    { service: { loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ round_robin: {} }] } }] } },
  ],
  open: () => ({ check: judge }),
};
