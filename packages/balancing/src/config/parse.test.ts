import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { configToJson, sameConfig } from './config.js';
import { POLICY_NAMES, parseConfig, policyConfig } from './parse.js';

const LEAST = { pick: { policy: 'leastRequest', choiceCount: 2 } };

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
    [{}, LEAST],
    [{ pick: undefined }, LEAST],
    [{ pick: { leastRequest: {} } }, LEAST],
    [{ pick: { leastRequest: { choiceCount: 3 } } }, { pick: { policy: 'leastRequest', choiceCount: 3 } }],
    [{ pick: { leastRequest: { choiceCount: 10 } } }, { pick: { policy: 'leastRequest', choiceCount: 10 } }],
    [
      { pick: { leastRequest: { choiceCount: 4096 } } },
      { pick: { policy: 'leastRequest', choiceCount: 10 } },
    ],
    [{ pick: { roundRobin: {} } }, { pick: { policy: 'roundRobin' } }],
  ])('accepts %j', (json, config) => {
    expect(parseConfig(json)).toEqual(config);
  });

  it.each([
    [null, 'fairlead: null is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [undefined, 'fairlead: undefined is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [[], 'fairlead: [] is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    ['roundRobin', 'fairlead: "roundRobin" is not accepted: an object like {"pick": {"leastRequest": {}}}'],
    [{ pik: {} }, 'fairlead: unknown key "pik" (did you mean pick?); accepted: pick'],
    [
      { Subset: {} },
      'fairlead: unknown key "Subset" (did you mean subset, which this version does not support?); accepted: pick',
    ],
    [
      { pick: { pick_first: {} } },
      'fairlead.pick: unknown policy "pick_first" (did you mean pickFirst, which this version does not support?); accepted: roundRobin, leastRequest',
    ],
    [{ 'a\u2028': 1 }, 'fairlead: unknown key "a "; accepted: pick'],
    [{ something: 1 }, 'fairlead: unknown key "something"; accepted: pick'],
    [JSON.parse('{"__proto__": {}}'), 'fairlead: unknown key "__proto__"; accepted: pick'],
    [
      { pick: null },
      'fairlead.pick: null is not accepted: an object with one policy, like {"roundRobin": {}}',
    ],
    [
      { pick: 'roundRobin' },
      'fairlead.pick: "roundRobin" is not accepted: an object with one policy, like {"roundRobin": {}}',
    ],
    [{ pick: {} }, 'fairlead.pick: {} is not accepted: exactly one policy of roundRobin, leastRequest'],
    [
      { pick: { roundRobin: {}, leastRequest: {} } },
      'fairlead.pick: {"roundRobin":{},"leastRequest":{}} is not accepted: exactly one policy of roundRobin, leastRequest',
    ],
    [
      { pick: { round_robin: {} } },
      'fairlead.pick: unknown policy "round_robin" (did you mean roundRobin?); accepted: roundRobin, leastRequest',
    ],
    [
      { pick: { leastRequests: {} } },
      'fairlead.pick: unknown policy "leastRequests" (did you mean leastRequest?); accepted: roundRobin, leastRequest',
    ],
    [
      { pick: { roundRobin: 1 } },
      'fairlead.pick.roundRobin: 1 is not accepted: an object with the options of the policy, or {}',
    ],
    [
      { pick: { roundRobin: { choiceCount: 2 } } },
      'fairlead.pick.roundRobin: unknown key "choiceCount"; accepted: none',
    ],
    [
      { pick: { leastRequest: { choicecount: 2 } } },
      'fairlead.pick.leastRequest: unknown key "choicecount" (did you mean choiceCount?); accepted: choiceCount',
    ],
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

  it.each(['subset', 'zone', 'slowStart', 'outliers', 'panic'])('knows that %s comes later', (stage) => {
    const error = refusal(() => parseConfig({ [stage]: {} }));
    expect(error.message).toBe(`fairlead.${stage}: not supported in this version; accepted: pick`);
    expect(error.code).toBe('CONFIG_UNSUPPORTED');
  });

  it.each(['loadAware', 'weightedRoundRobin', 'peakEwma', 'ringHash', 'pickFirst'])(
    'knows that the policy %s comes later',
    (name) => {
      const error = refusal(() => parseConfig({ pick: { [name]: {} } }));
      expect(error.message).toBe(
        `fairlead.pick.${name}: not supported in this version; accepted: roundRobin, leastRequest`,
      );
      expect(refusal(() => policyConfig(name)).message).toBe(error.message);
    },
  );

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
  it('gives every policy name its defaults', () => {
    expect(POLICY_NAMES.map(policyConfig)).toEqual([{ pick: { policy: 'roundRobin' } }, LEAST]);
  });

  it('says what was meant by a name of gRPC', () => {
    expect(refusal(() => policyConfig('least_request')).message).toBe(
      'fairlead.pick: unknown policy "least_request" (did you mean leastRequest?); accepted: roundRobin, leastRequest',
    );
    expect(refusal(() => policyConfig('')).message).toContain('unknown policy ""');
  });
});

describe('sameConfig and configToJson', () => {
  const configs = [
    { pick: { roundRobin: {} } },
    { pick: { leastRequest: { choiceCount: 2 } } },
    { pick: { leastRequest: { choiceCount: 3 } } },
  ];

  it('tells configs apart by meaning', () => {
    for (const a of configs) {
      for (const b of configs) expect(sameConfig(parseConfig(a), parseConfig(b))).toBe(a === b);
    }
    expect(sameConfig(parseConfig({}), parseConfig({ pick: { leastRequest: {} } }))).toBe(true);
  });

  it('writes what parseConfig reads', () => {
    for (const json of configs) expect(configToJson(parseConfig(json))).toEqual(json);
  });
});
