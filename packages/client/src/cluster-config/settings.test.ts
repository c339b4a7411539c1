import { parseConfig } from '@fairlead/balancing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from './place.js';
import { METHOD_CONFIG_ANNOTATION, POLICY_ANNOTATION, ServiceSettings } from './settings.js';

const registry = { check: (config: unknown) => void parseConfig(config) };
const IN_TURN = { pick: { roundRobin: {} } };
const LEAST = { pick: { leastRequest: {} } };
const methods = (timeout: string) => [{ name: [{}], timeout }];

function settingsOf(configMap?: { namespace: string; name: string }) {
  const problems: Problem[] = [];
  const service = { namespace: 'shop', service: 'cart' };
  const onProblem = (problem: Problem): void => void problems.push(problem);
  return { settings: new ServiceSettings({ service, configMap, registry, onProblem }), problems };
}

describe('ServiceSettings', () => {
  const OWN = { namespace: 'shop', name: 'clients' };
  const CENTRAL = { namespace: 'platform', name: 'clients' };
  const policy = (value: string) => ({ [POLICY_ANNOTATION]: value });
  const method = (timeout: string) => ({ [METHOD_CONFIG_ANNOTATION]: JSON.stringify(methods(timeout)) });
  const entry = (fields: object) => JSON.stringify(fields);

  it.each<[string, Record<string, string>, Record<string, string>, object, typeof OWN]>([
    ['nothing says anything', {}, {}, {}, OWN],
    ['only the annotation says a policy', policy('roundRobin'), {}, { policy: IN_TURN }, OWN],
    ["a policy by gRPC's name", policy('round_robin'), {}, { policy: IN_TURN }, OWN],
    ['a policy as JSON', policy(JSON.stringify(LEAST)), {}, { policy: LEAST }, OWN],
    [
      'blanks and empty values',
      { ...policy(' roundRobin\n'), ...{ [METHOD_CONFIG_ANNOTATION]: ' ' } },
      {},
      { policy: IN_TURN },
      OWN,
    ],
    ['only the annotation says methods', method('1s'), {}, { methodConfig: methods('1s') }, OWN],
    [
      'both annotations',
      { ...policy('roundRobin'), ...method('1s') },
      {},
      { policy: IN_TURN, methodConfig: methods('1s') },
      OWN,
    ],
    [
      'the annotation is stronger than the ConfigMap',
      policy('roundRobin'),
      { cart: 'leastRequest' },
      { policy: IN_TURN },
      OWN,
    ],
    [
      'each part comes from the first place that has it',
      policy('roundRobin'),
      { cart: entry({ policy: 'leastRequest', methodConfig: methods('2s') }) },
      { policy: IN_TURN, methodConfig: methods('2s') },
      OWN,
    ],
    [
      'the key of a Service is stronger than the key of all',
      {},
      { cart: 'roundRobin', _default: entry({ policy: 'leastRequest', methodConfig: methods('3s') }) },
      { policy: IN_TURN, methodConfig: methods('3s') },
      OWN,
    ],
    [
      'the key with a namespace is stronger than the short one',
      {},
      { cart: 'leastRequest', 'cart.shop': 'roundRobin' },
      { policy: IN_TURN },
      OWN,
    ],
    [
      'in another namespace the short key means another Service',
      {},
      { cart: 'roundRobin', _default: 'leastRequest' },
      { policy: LEAST },
      CENTRAL,
    ],
    ['a ConfigMap of another namespace', {}, { 'cart.shop': 'roundRobin' }, { policy: IN_TURN }, CENTRAL],
    ['keys of other Services', {}, { card: 'roundRobin', 'cart.other': 'roundRobin' }, {}, OWN],
    ['a methodConfig of none', {}, { cart: entry({ methodConfig: [] }) }, { methodConfig: [] }, OWN],
  ])('holds when %s', (_what, annotations, data, expected, configMap) => {
    const { settings, problems } = settingsOf(configMap);
    settings.takeAnnotations(annotations);
    settings.takeConfigMap(data);
    expect(settings.current).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it.each<[string, Record<string, string>, Record<string, string>, string, RegExp]>([
    [
      'a policy that nobody knows',
      policy('fastest'),
      {},
      'annotation fairlead.dev/policy',
      /^policy: fairlead\.pick: unknown policy "fastest".*accepted: roundRobin, leastRequest, /,
    ],
    ['a policy that is no JSON', policy('{'), {}, 'annotation fairlead.dev/policy', /^policy is no JSON: /],
    [
      'methods that are no JSON',
      { [METHOD_CONFIG_ANNOTATION]: 'timeout' },
      {},
      'annotation fairlead.dev/method-config',
      /^it is no JSON: /,
    ],
    [
      'methods that grpc-js would not read',
      method('2'),
      {},
      'annotation fairlead.dev/method-config',
      /^methodConfig\[0\]\.timeout: got "2"/,
    ],
    [
      'a typo in the name of an annotation',
      { 'fairlead.dev/polcy': 'roundRobin' },
      {},
      'annotation fairlead.dev/polcy',
      /^it is unknown; accepted: fairlead\.dev\/policy, fairlead\.dev\/method-config$/,
    ],
    [
      'a typo in a key of the ConfigMap',
      {},
      { cart: entry({ polcy: 'roundRobin' }) },
      'ConfigMap shop/clients, key cart',
      /^unknown key "polcy"; accepted: policy, methodConfig$/,
    ],
    ['a broken key', {}, { _default: '{]' }, 'ConfigMap shop/clients, key _default', /^it is no JSON: /],
    [
      'a policy of null',
      {},
      { cart: '{"policy":null}' },
      'ConfigMap shop/clients, key cart',
      /^policy: got null/,
    ],
  ])('names the place of %s, once', (_what, annotations, data, place, message) => {
    const { settings, problems } = settingsOf(OWN);
    for (let again = 0; again < 2; again++) {
      settings.takeAnnotations(annotations);
      settings.takeConfigMap(data);
    }
    expect(settings.current).toEqual({});
    expect(problems).toEqual([{ place, value: expect.any(String), message: expect.stringMatching(message) }]);
  });

  it('keeps the last good value of the one place, and lets it go when that says nothing', () => {
    const { settings } = settingsOf(OWN);
    settings.takeConfigMap({ cart: 'leastRequest' });
    settings.takeAnnotations(policy('roundRobin'));
    settings.takeAnnotations(policy('rundRobin'));
    expect(settings.current).toEqual({ policy: IN_TURN });
    settings.takeAnnotations({});
    expect(settings.current).toEqual({ policy: LEAST });
    settings.takeConfigMap({});
    expect(settings.current).toEqual({});
  });

  it('gives the same objects while nothing changes', () => {
    const { settings } = settingsOf();
    settings.takeAnnotations({ ...policy('roundRobin'), ...method('1s') });
    const { current } = settings;
    settings.takeAnnotations({ ...policy('roundRobin'), ...method('1s') });
    expect(settings.current.policy).toBe(current.policy);
    expect(settings.current.methodConfig).toBe(current.methodConfig);
  });

  it('ends in the last good value of each place, whatever sequence of good and bad ones led there', () => {
    const good = fc.constantFrom('', 'roundRobin', 'leastRequest');
    const bad = fc.constantFrom('fastest', '{', '{"pick":{}}', 'null', '[]');
    const place = fc.constantFrom('annotation', 'cart', '_default');
    const step = fc.tuple(
      place,
      fc.oneof(
        good.map((value) => [value, true] as const),
        bad.map((value) => [value, false] as const),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { settings } = settingsOf(OWN);
        const texts: Record<string, string> = {};
        const lastGood: Record<string, string> = {};
        for (const [where, [value, isGood]] of steps) {
          texts[where] = value;
          if (isGood) lastGood[where] = value;
          const { annotation = '', ...data } = texts;
          settings.takeAnnotations(policy(annotation));
          settings.takeConfigMap(data);
        }
        const fresh = settingsOf(OWN);
        const { annotation = '', ...data } = lastGood;
        fresh.settings.takeAnnotations(policy(annotation));
        fresh.settings.takeConfigMap(data);
        expect(settings.current).toEqual(fresh.settings.current);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
