import { expect, it } from 'vitest';
import { channelLocation, processLocation } from './location.js';

const ENV = { FAIRLEAD_ZONE: 'env-zone', FAIRLEAD_NODE: 'env-node' };

it.each<[string, object, object, Record<string, string>, object]>([
  ['nothing', {}, {}, {}, {}],
  ['the environment', {}, {}, ENV, { zone: 'env-zone', node: 'env-node' }],
  ['register() before the environment', {}, { zone: 'a' }, ENV, { zone: 'a', node: 'env-node' }],
  [
    'the channel before register()',
    { 'fairlead.zone': 'b', 'fairlead.node': 'n' },
    { zone: 'a', node: 'm' },
    ENV,
    { zone: 'b', node: 'n' },
  ],
  ['no empty variable', {}, {}, { FAIRLEAD_ZONE: '', FAIRLEAD_NODE: ' ' }, {}],
  ['names without the blanks around them', {}, {}, { FAIRLEAD_ZONE: 'a\n' }, { zone: 'a' }],
])('reads %s', (_what, options, settings, env, expected) => {
  expect(channelLocation(options, processLocation(settings, env))).toEqual(expected);
});
