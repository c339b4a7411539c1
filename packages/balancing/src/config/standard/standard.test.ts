import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../errors.js';
import { parseConfig } from '../parse.js';
import { STANDARD_NAMES, standardConfig } from './standard.js';

/** A run with all defaults of gRFC A58. */
const WEIGHTED = {
  outOfBand: false,
  outOfBandMs: 10_000,
  blackoutMs: 10_000,
  expirationMs: 180_000,
  updateMs: 1000,
  errorUtilizationPenalty: 1,
};
/** What is ours and not in gRFC A50 is off. */
const A50 = {
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 10,
  consecutiveFailures: 0,
  consecutiveTimeouts: 0,
  panicPercent: 0,
};
const SUCCESS = { stdevFactor: 1900, enforcementPercentage: 100, minimumHosts: 5, requestVolume: 100 };
const FAILURE = { threshold: 85, enforcementPercentage: 100, minimumHosts: 5, requestVolume: 50 };
const TURNS = { pick: { roundRobin: {} } };
const CHILD = [{ round_robin: {} }];

it('refuses policies that are nested without end', () => {
  let json: object = { round_robin: {} };
  for (let i = 0; i < 20_000; i++) json = { outlier_detection: { childPolicy: [json] } };
  expect(() => standardConfig('outlier_detection', { childPolicy: [json] })).toThrow(
    /policies are nested too deep: one in another is accepted$/,
  );
});

describe('standardConfig', () => {
  it.each<[string, unknown, object]>([
    ['round_robin', {}, TURNS],
    ['pick_first', {}, { pick: { pickFirst: {} } }],
    ['pick_first', { shuffleAddressList: true }, { pick: { pickFirst: {} } }],
    ['pick_first', { shuffleAddressList: false }, { pick: { pickFirst: { shuffle: false } } }],
    ['weighted_round_robin', {}, { pick: { weightedRoundRobin: WEIGHTED } }],
    [
      'weighted_round_robin',
      {
        enableOobLoadReport: true,
        oobReportingPeriod: '0.5s',
        blackoutPeriod: '0s',
        weightExpirationPeriod: '60s',
        weightUpdatePeriod: '0.25s',
        errorUtilizationPenalty: 0,
      },
      {
        pick: {
          weightedRoundRobin: {
            outOfBand: true,
            outOfBandMs: 500,
            blackoutMs: 0,
            expirationMs: 60_000,
            updateMs: 250,
            errorUtilizationPenalty: 0,
          },
        },
      },
    ],
    // gRFC A58: an update period below 100 ms is 100 ms.
    [
      'weighted_round_robin',
      { weightUpdatePeriod: '0.010s', weightExpirationPeriod: '1000000s' },
      { pick: { weightedRoundRobin: { ...WEIGHTED, updateMs: 100, expirationMs: 86_400_000 } } },
    ],
    // As grpc-js's own policy reads it.
    [
      'weighted_round_robin',
      { blackout_period: { seconds: 1, nanos: 500_000_000 }, oob_load_reporting_period: '2s' },
      { pick: { weightedRoundRobin: { ...WEIGHTED, blackoutMs: 1500, outOfBandMs: 2000 } } },
    ],
    ['least_request_experimental', {}, { pick: { leastRequest: { choiceCount: 2 } } }],
    ['least_request_experimental', { choiceCount: 100 }, { pick: { leastRequest: { choiceCount: 10 } } }],
    ['ring_hash_experimental', {}, { pick: { ringHash: { minRingSize: 1024, maxRingSize: 4096 } } }],
    [
      'ring_hash_experimental',
      { minRingSize: 10, maxRingSize: 8_388_608, requestHashHeader: 'x-user' },
      { pick: { ringHash: { minRingSize: 10, maxRingSize: 65_536, header: 'x-user' } } },
    ],
    // gRFC A50: nothing is ejected without an algorithm.
    ['outlier_detection', { interval: '1s', childPolicy: CHILD }, TURNS],
    [
      'outlier_detection',
      { successRateEjection: {}, childPolicy: CHILD },
      { ...TURNS, outliers: { ...A50, successRate: SUCCESS } },
    ],
    [
      'outlier_detection_experimental',
      {
        interval: '1s',
        baseEjectionTime: '2s',
        maxEjectionTime: '3.5s',
        maxEjectionPercent: 50,
        failurePercentageEjection: { threshold: 30, requestVolume: 5 },
        childPolicy: [{ no_such_policy: {} }, { least_request_experimental: { choiceCount: 3 } }],
      },
      {
        pick: { leastRequest: { choiceCount: 3 } },
        outliers: {
          ...A50,
          intervalMs: 1000,
          baseEjectionMs: 2000,
          maxEjectionMs: 3500,
          maxEjectionPercent: 50,
          failurePercentage: { ...FAILURE, threshold: 30, requestVolume: 5 },
        },
      },
    ],
    [
      'outlier_detection',
      {
        interval: { seconds: 5, nanos: 0 },
        success_rate_ejection: { stdev_factor: 1000 },
        child_policy: [{ fairlead: { pick: { loadAware: {} }, slowStart: {} } }],
      },
      {
        pick: { loadAware: {} },
        slowStart: {},
        outliers: { ...A50, intervalMs: 5000, successRate: { ...SUCCESS, stdevFactor: 1000 } },
      },
    ],
  ])('reads %s %j', (name, json, config) => {
    expect(standardConfig(name, json)).toEqual(config);
    expect(() => parseConfig(config)).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['round_robin', { choiceCount: 2 }, 'round_robin: unknown key "choiceCount"; accepted: none'],
    ['round_robin', null, 'round_robin: null is not accepted: an object with options, or {}'],
    [
      'pick_first',
      { shuffleAddresList: true },
      'pick_first: unknown key "shuffleAddresList" (did you mean shuffleAddressList?); accepted: shuffleAddressList',
    ],
    [
      'pick_first',
      { shuffleAddressList: 1 },
      'pick_first.shuffleAddressList: 1 is not accepted: true or false',
    ],
    [
      'weighted_round_robin',
      { blackoutPeriod: '10' },
      'weighted_round_robin.blackoutPeriod: "10" is not accepted: a duration like "1.5s"',
    ],
    ...['-1s', '1ms', '1.0000000001s', 's', '', 10, null, { seconds: -1 }, { seconds: 1, ms: 2 }].map(
      (value): [string, unknown, string] => [
        'outlier_detection',
        { interval: value, childPolicy: CHILD },
        `outlier_detection.interval: ${JSON.stringify(value)} is not accepted: a duration like "1.5s"`,
      ],
    ),
    [
      'weighted_round_robin',
      { errorUtilizationPenalty: -1 },
      'weighted_round_robin.errorUtilizationPenalty: -1 is not accepted: a number from 0 to 1000000',
    ],
    [
      'weighted_round_robin',
      { blackoutPeriod: '1s', blackout_period: '2s' },
      'weighted_round_robin.blackout_period: blackoutPeriod is there twice',
    ],
    [
      'least_request_experimental',
      { choiceCount: 1 },
      'least_request_experimental.choiceCount: 1 is not accepted: an integer from 2 to 10',
    ],
    [
      'ring_hash_experimental',
      { minRingSize: 5000 },
      'ring_hash_experimental.minRingSize: 5000 is not accepted: an integer from 1 to maxRingSize (4096)',
    ],
    [
      'ring_hash_experimental',
      { maxRingSize: 8_388_609 },
      'ring_hash_experimental.maxRingSize: 8388609 is not accepted: an integer from 1 to 8388608',
    ],
    [
      'outlier_detection',
      { interval: '1s' },
      'outlier_detection.childPolicy: undefined is not accepted: a list of policies like [{"round_robin": {}}]',
    ],
    [
      'outlier_detection',
      { successRate: {}, childPolicy: CHILD },
      'outlier_detection: unknown key "successRate"; accepted: interval, baseEjectionTime, maxEjectionTime, maxEjectionPercent, successRateEjection, failurePercentageEjection, childPolicy',
    ],
    [
      'outlier_detection',
      { failurePercentageEjection: { threshold: 101 }, childPolicy: CHILD },
      'outlier_detection.failurePercentageEjection.threshold: 101 is not accepted: an integer from 0 to 100',
    ],
    [
      'outlier_detection',
      { childPolicy: [{ grpclb: {} }, {}] },
      `outlier_detection.childPolicy: it names only unknown policies: "grpclb"; accepted: fairlead, ${STANDARD_NAMES.join(', ')}`,
    ],
    [
      'outlier_detection',
      { childPolicy: [{ least_request_experimental: { choiceCount: '2' } }] },
      'outlier_detection.childPolicy.least_request_experimental.choiceCount: "2" is not accepted: an integer from 2 to 10',
    ],
    [
      'outlier_detection',
      { childPolicy: [{ outlier_detection: { successRateEjection: {}, childPolicy: CHILD } }] },
      'outlier_detection.childPolicy: the child detects outliers, too: only one of them may',
    ],
    [
      'outlier_detection',
      { childPolicy: [{ pick_first: {} }] },
      'outlier_detection.childPolicy: pick_first is not accepted: it has one endpoint only',
    ],
  ])('refuses %s %j', (name, json, message) => {
    expect(() => standardConfig(name, json)).toThrow(ConfigError);
    expect(() => standardConfig(name, json)).toThrow(message);
  });

  it('leaves other names, and an outlier detection whose child the host runs, to the host', () => {
    const detection = { childPolicy: [{ custom: {} }, ...CHILD] };
    expect(standardConfig('custom', {})).toBeNull();
    expect(standardConfig('outlier_detection', detection, (name) => name === 'custom')).toBeNull();
    expect(standardConfig('outlier_detection', detection)).toEqual(TURNS);
  });

  it('gives a config that parses, or says what is wrong, whatever it gets', () => {
    const entry = fc.dictionary(fc.constantFrom(...STANDARD_NAMES), fc.constant({}), { maxKeys: 1 });
    const value = fc.oneof(
      fc.constantFrom('1s', '0.05s', 3, 50, true, {}, null, 'x-user'),
      fc.array(entry, { maxLength: 2 }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const field = fc.constantFrom(
      ...['interval', 'childPolicy', 'successRateEjection', 'maxEjectionPercent', 'choiceCount'],
      ...['minRingSize', 'maxRingSize', 'requestHashHeader', 'blackoutPeriod', 'shuffleAddressList'],
    );
    const json = fc.oneof(fc.dictionary(field, value, { maxKeys: 3 }), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(fc.constantFrom(...STANDARD_NAMES), json, (name, each) => {
        try {
          parseConfig(standardConfig(name, each));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
