import { parseConfig } from '@fairlead/balancing';
import { expect, it } from 'vitest';
import { KeyedSettings } from './keyed-settings.js';
import { firstOf, type Problem, type Settings } from './place.js';

const IN_TURN = { pick: { roundRobin: {} } };
const LEAST = { pick: { leastRequest: {} } };
const METHODS = [{ name: [{}], timeout: { seconds: 2, nanos: 0 } }];

function settingsOf(service: string, namespace = 'shop') {
  const problems: Problem[] = [];
  const settings = new KeyedSettings({
    name: '/etc/fairlead',
    service: { namespace: 'shop', service },
    namespace,
    registry: { check: (config) => void parseConfig(config) },
    onProblem: (problem) => void problems.push(problem),
  });
  return { settings, problems, current: () => firstOf(settings.all) };
}

it.each<[string, string, Record<string, string>, object]>([
  ['the Service', 'shop', { cart: 'roundRobin', _default: 'leastRequest' }, { policy: IN_TURN }],
  [
    'the Service with a namespace',
    'other',
    { cart: 'leastRequest', 'cart.shop': 'roundRobin' },
    { policy: IN_TURN },
  ],
  ['every Service', 'other', { cart: 'leastRequest', _default: 'roundRobin' }, { policy: IN_TURN }],
  ['nobody', 'shop', { card: 'roundRobin', 'config.yaml': 'a: b' }, {}],
])('takes what is said of %s', (_what, namespace, texts, expected) => {
  const { settings, problems, current } = settingsOf('cart', namespace);
  settings.take(texts);
  expect(current()).toEqual(expected);
  expect(problems).toEqual([]);
});

it('keeps the last good value of each key, names the place of a bad one once, and lets go what is taken away', () => {
  const { settings, problems, current } = settingsOf('cart');
  settings.take({ cart: 'roundRobin', _default: 'leastRequest' });
  for (let again = 0; again < 2; again++) settings.take({ cart: 'fastest', _default: 'leastRequest' });
  expect(current()).toEqual({ policy: IN_TURN });
  expect(problems).toEqual([
    {
      place: '/etc/fairlead, key cart',
      value: 'fastest',
      message: expect.stringMatching(/^policy: fairlead\.pick: unknown policy "fastest"/),
    },
  ]);
  settings.take({ _default: 'leastRequest' });
  expect(current()).toEqual({ policy: LEAST });
});

it('finds no text for a Service that is called as something that every object has', () => {
  const { settings, current } = settingsOf('constructor');
  settings.take({});
  expect(current()).toEqual({});
  settings.take({ constructor: 'roundRobin' });
  expect(current()).toEqual({ policy: IN_TURN });
});

it.each<[string, readonly Settings[], Settings]>([
  ['nothing', [{}, {}], {}],
  ['the first of two policies', [{ policy: IN_TURN }, { policy: LEAST }], { policy: IN_TURN }],
  [
    'each part from where it is',
    [{}, { methodConfig: METHODS }, { policy: LEAST, methodConfig: [] }],
    { policy: LEAST, methodConfig: METHODS },
  ],
  ['a methodConfig of none', [{ methodConfig: [] }, { methodConfig: METHODS }], { methodConfig: [] }],
])('takes %s', (_what, all, expected) => {
  expect(firstOf(all)).toEqual(expected);
});
