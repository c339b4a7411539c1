import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { channelLocation, processLocation } from './location.js';
import { labelIn, ZONE_LABEL } from './pod-labels.js';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-location-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LABELS = join(folder, 'labels');
writeFileSync(
  LABELS,
  'app="shop"\ntopology.kubernetes.io/region="r"\ntopology.kubernetes.io/zone="pod-zone"\n',
);
const NOWHERE = join(folder, 'none');
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
  ['the labels of the pod', {}, { podLabelsPath: LABELS }, {}, { zone: 'pod-zone' }],
  [
    'the variable before the labels',
    {},
    { podLabelsPath: LABELS },
    ENV,
    { zone: 'env-zone', node: 'env-node' },
  ],
])('reads %s', (_what, options, settings, env, expected) => {
  const located = processLocation({ podLabelsPath: NOWHERE, ...settings }, env);
  expect(channelLocation(options, located)).toEqual(expected);
});

it.each<[object, Record<string, string>, string | undefined]>([
  [{ zone: 'a' }, ENV, 'register()'],
  [{}, ENV, 'FAIRLEAD_ZONE'],
  [{}, { FAIRLEAD_POD_LABELS: LABELS }, LABELS],
  [{ podLabelsPath: NOWHERE }, { FAIRLEAD_POD_LABELS: LABELS }, undefined],
])('says of %j and %j where the zone is from', (settings, env, from) => {
  expect(processLocation(settings, env).zoneFrom).toBe(from);
});

it.each<[string, string | undefined]>([
  ['topology.kubernetes.io/zone="eu-west-1a"', 'eu-west-1a'],
  ['a="b"\ntopology.kubernetes.io/zone="z_1.x"\nc="d"', 'z_1.x'],
  ['topology.kubernetes.io/zone=""', undefined],
  ['topology.kubernetes.io/zone=bare', undefined],
  ['topology.kubernetes.io/zone="a\\"b"', undefined],
  ['x-topology.kubernetes.io/zone="a"', undefined],
  ['', undefined],
])('reads the zone in %j as %j', (text, expected) => {
  expect(labelIn(text, ZONE_LABEL)).toBe(expected);
});
