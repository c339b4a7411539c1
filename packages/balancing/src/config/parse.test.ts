import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { configToJson, sameConfig } from './config.js';
import { parseConfig, policyConfig } from './parse.js';
import { POLICY_NAMES } from './policies.js';

const STREAMS = { thresholdPercent: 25, minStreams: 2, spreadMs: 10_000 };
const NO_STAGES = {
  zone: { hints: true, preferZone: null },
  subset: null,
  slowStart: null,
  outliers: null,
  streams: STREAMS,
};
const LEAST = { pick: { policy: 'leastRequest', choiceCount: 2 }, ...NO_STAGES };
const DEFAULT = { ...LEAST, pick: { policy: 'loadAware', choiceCount: 4, reportMaxAgeMs: 1000 } };
const POLICIES = POLICY_NAMES.join(', ');
const STAGES = 'pick, zone, subset, slowStart, outliers, streams';

function refusal(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseConfig', () => {
  it.each([
    [{}, DEFAULT],
    [{ pick: undefined }, DEFAULT],
    [{ pick: { leastRequest: {} } }, LEAST],
    [
      { pick: { leastRequest: { choiceCount: 3 } } },
      { ...LEAST, pick: { policy: 'leastRequest', choiceCount: 3 } },
    ],
    [
      { pick: { leastRequest: { choiceCount: 10 } } },
      { ...LEAST, pick: { policy: 'leastRequest', choiceCount: 10 } },
    ],
    [
      { pick: { leastRequest: { choiceCount: 4096 } } },
      { ...LEAST, pick: { policy: 'leastRequest', choiceCount: 10 } },
    ],
    [{ pick: { roundRobin: {} } }, { ...LEAST, pick: { policy: 'roundRobin' } }],
  ])('accepts %j', (json, config) => {
    expect(parseConfig(json)).toEqual(config);
  });

  it.each([
    [null, 'fairlead: null is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [undefined, 'fairlead: undefined is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [[], 'fairlead: [] is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    ['roundRobin', 'fairlead: "roundRobin" is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [{ pik: {} }, `fairlead: unknown key "pik" (did you mean pick?); accepted: ${STAGES}`],
    [{ Subset: {} }, `fairlead: unknown key "Subset" (did you mean subset?); accepted: ${STAGES}`],
    [
      { pick: { pick_first: {} } },
      `fairlead.pick: unknown policy "pick_first" (did you mean pickFirst?); accepted: ${POLICIES}`,
    ],
    [{ 'a\u2028': 1 }, `fairlead: unknown key "a "; accepted: ${STAGES}`],
    [{ something: 1 }, `fairlead: unknown key "something"; accepted: ${STAGES}`],
    [JSON.parse('{"__proto__": {}}'), `fairlead: unknown key "__proto__"; accepted: ${STAGES}`],
    [
      { pick: null },
      'fairlead.pick: null is not accepted: an object with one policy, like {"roundRobin": {}}',
    ],
    [
      { pick: 'roundRobin' },
      'fairlead.pick: "roundRobin" is not accepted: an object with one policy, like {"roundRobin": {}}',
    ],
    [{ pick: {} }, `fairlead.pick: {} is not accepted: exactly one policy of ${POLICIES}`],
    [
      { pick: { roundRobin: {}, leastRequest: {} } },
      `fairlead.pick: {"roundRobin":{},"leastRequest":{}} is not accepted: exactly one policy of ${POLICIES}`,
    ],
    [
      { pick: { round_robin: {} } },
      `fairlead.pick: unknown policy "round_robin" (did you mean roundRobin?); accepted: ${POLICIES}`,
    ],
    [
      { pick: { leastRequests: {} } },
      `fairlead.pick: unknown policy "leastRequests" (did you mean leastRequest?); accepted: ${POLICIES}`,
    ],
    [
      { pick: { roundRobin: 1 } },
      'fairlead.pick.roundRobin: 1 is not accepted: an object with options, or {}',
    ],
    [
      { pick: { roundRobin: { choiceCount: 2 } } },
      'fairlead.pick.roundRobin: unknown key "choiceCount"; accepted: none',
    ],
    [
      { pick: { leastRequest: { choicecount: 2 } } },
      'fairlead.pick.leastRequest: unknown key "choicecount" (did you mean choiceCount?); accepted: choiceCount',
    ],
    [
      { pick: { ringHash: { header: 'X-User' } } },
      'fairlead.pick.ringHash.header: "X-User" is not accepted: the name of a request header, in lower case, that does not end in -bin',
    ],
    [
      { pick: { weightedRoundRobin: { outOfBand: 1 } } },
      'fairlead.pick.weightedRoundRobin.outOfBand: 1 is not accepted: true or false',
    ],
    [
      { outliers: { successRate: { stdevFactor: -1 } } },
      'fairlead.outliers.successRate.stdevFactor: -1 is not accepted: an integer from 0 to 1000000000',
    ],
    [
      { outliers: { interval: 1 } },
      'fairlead.outliers: unknown key "interval" (did you mean intervalMs?); accepted: intervalMs, baseEjectionMs, maxEjectionMs, maxEjectionPercent, consecutiveFailures, consecutiveTimeouts, panicPercent, successRate, failurePercentage',
    ],
    [
      { slowStart: { minShare: 0 } },
      'fairlead.slowStart.minShare: 0 is not accepted: a number from 0.001 to 1',
    ],
    [{ subset: { size: 0 } }, 'fairlead.subset.size: 0 is not accepted: an integer from 1 to 100000'],
    ...[1, 0, -3, 2.5, '"2"', null, true, Number.NaN].map((value): [unknown, string] => [
      { pick: { leastRequest: { choiceCount: typeof value === 'string' ? JSON.parse(value) : value } } },
      `fairlead.pick.leastRequest.choiceCount: ${value} is not accepted: an integer from 2 to 10`,
    ]),
  ])('refuses %j', (json, message) => {
    const error = refusal(() => parseConfig(json));
    expect(error.message).toBe(message);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(message.startsWith(error.path)).toBe(true);
  });

  it('reads whether hints count, which they do unless told otherwise', () => {
    expect(parseConfig({ zone: {} }).zone).toEqual({ hints: true, preferZone: null });
    expect(parseConfig({ zone: { hints: false } }).zone).toEqual({ hints: false, preferZone: null });
    expect(refusal(() => parseConfig({ zone: { hints: 'no' } })).message).toBe(
      'fairlead.zone.hints: "no" is not accepted: true or false',
    );
    expect(refusal(() => parseConfig({ zone: 'a' })).path).toBe('fairlead.zone');
  });

  it('reads when streams move', () => {
    expect(parseConfig({ streams: {} }).streams).toEqual(STREAMS);
    expect(parseConfig({ streams: { spreadMs: 0 } }).streams).toEqual({ ...STREAMS, spreadMs: 0 });
    expect(refusal(() => parseConfig({ streams: { minStreams: 0 } })).message).toBe(
      'fairlead.streams.minStreams: 0 is not accepted: an integer from 1 to 1000000000',
    );
    expect(refusal(() => parseConfig({ streams: null })).path).toBe('fairlead.streams');
  });

  it.each([
    [false, null],
    [true, { spillAbove: 2 }],
    [{}, { spillAbove: 2 }],
    [{ spillAbove: 0 }, { spillAbove: 0 }],
  ])('reads preferZone %j', (preferZone, expected) => {
    expect(parseConfig({ zone: { preferZone } }).zone).toEqual({ hints: true, preferZone: expected });
  });

  it.each([
    ['b', 'fairlead.zone.preferZone: "b" is not accepted: true, false, or an object with options'],
    [
      { spillabove: 1 },
      'fairlead.zone.preferZone: unknown key "spillabove" (did you mean spillAbove?); accepted: spillAbove',
    ],
    [
      { spillAbove: -1 },
      'fairlead.zone.preferZone.spillAbove: -1 is not accepted: a number from 0 to 1000000',
    ],
  ])('refuses preferZone %j', (preferZone, message) => {
    expect(refusal(() => parseConfig({ zone: { preferZone } })).message).toBe(message);
  });

  it('shortens a long value and survives one that is not JSON', () => {
    const long = refusal(() => parseConfig({ pick: 'x'.repeat(500) }));
    expect(long.message.length).toBeLessThan(200);
    const cycle: Record<string, unknown> = {};
    cycle.leastRequest = { choiceCount: cycle };
    expect(refusal(() => parseConfig({ pick: cycle })).message).toBe(
      'fairlead.pick.leastRequest.choiceCount: an object is not accepted: an integer from 2 to 10',
    );
    expect(refusal(() => parseConfig({ pick: 5n })).message).toContain('5 is not accepted');
  });
});

describe('policyConfig', () => {
  it.each(POLICY_NAMES)('gives %s its defaults', (name) => {
    const config = policyConfig(name);
    expect(config).toEqual(parseConfig({ pick: { [name]: {} } }));
    expect(config).toMatchObject({ pick: { policy: name }, ...NO_STAGES });
  });

  it('says what was meant by a name of gRPC', () => {
    expect(refusal(() => policyConfig('least_request')).message).toBe(
      `fairlead.pick: unknown policy "least_request" (did you mean leastRequest?); accepted: ${POLICIES}`,
    );
    expect(refusal(() => policyConfig('')).message).toContain('unknown policy ""');
  });
});

describe('sameConfig and configToJson', () => {
  const configs = [
    { pick: { roundRobin: {} } },
    { pick: { leastRequest: { choiceCount: 2 } } },
    { pick: { leastRequest: { choiceCount: 3 } } },
    { pick: { loadAware: { choiceCount: 2, reportMaxAgeMs: 500 } } },
    {
      pick: {
        weightedRoundRobin: {
          outOfBand: true,
          outOfBandMs: 500,
          blackoutMs: 0,
          expirationMs: 1000,
          updateMs: 100,
          errorUtilizationPenalty: 0.5,
        },
      },
    },
    { pick: { peakEwma: { choiceCount: 4, decayMs: 1000, defaultLatencyMs: 5.5 } } },
    { pick: { ringHash: { header: 'x-user', minRingSize: 100, maxRingSize: 200, boundedLoad: 1.25 } } },
    { pick: { ringHash: { minRingSize: 100, maxRingSize: 200 } } },
    { pick: { pickFirst: { shuffle: true } }, subset: { size: 3 } },
    { pick: { pickFirst: { shuffle: false } }, zone: { hints: false } },
    { pick: { roundRobin: {} }, streams: { thresholdPercent: 10, minStreams: 5, spreadMs: 0 } },
    { pick: { roundRobin: {} }, zone: { hints: true, preferZone: { spillAbove: 3.5 } } },
    { pick: { roundRobin: {} }, slowStart: { windowMs: 1000, aggression: 2, minShare: 0.2 } },
    {
      pick: { roundRobin: {} },
      outliers: {
        intervalMs: 1000,
        baseEjectionMs: 2000,
        maxEjectionMs: 3000,
        maxEjectionPercent: 20,
        consecutiveFailures: 0,
        consecutiveTimeouts: 1,
        panicPercent: 0,
        successRate: { stdevFactor: 1, enforcementPercentage: 2, minimumHosts: 3, requestVolume: 4 },
        failurePercentage: { threshold: 1, enforcementPercentage: 2, minimumHosts: 3, requestVolume: 4 },
      },
    },
  ];

  it('tells configs apart by meaning', () => {
    for (const a of configs) {
      for (const b of configs) expect(sameConfig(parseConfig(a), parseConfig(b))).toBe(a === b);
    }
    expect(sameConfig(parseConfig({}), parseConfig({ pick: { loadAware: {} } }))).toBe(true);
  });

  it('writes what parseConfig reads', () => {
    for (const json of configs) {
      expect(configToJson(parseConfig(json))).toEqual({ zone: { hints: true }, streams: STREAMS, ...json });
    }
  });
});
