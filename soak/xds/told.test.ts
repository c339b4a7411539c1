import { beforeEach, expect, it } from 'vitest';
import { TYPES } from './protocol.js';
import { Told } from './told.js';

let sets: string[][];
let objections: string[];
let told: Told;

beforeEach(() => {
  sets = [];
  objections = [];
  told = new Told({
    onEndpoints: (keys) => void sets.push([...keys]),
    onObjection: (text) => void objections.push(text),
  });
});

const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);

/** A `ClusterLoadAssignment`, packed, written by hand. */
function assignment(...hosts: string[]) {
  const endpoints = hosts.map((host) => {
    const address = field(1, Buffer.concat([field(2, Buffer.from(host)), Buffer.from([0x18, 80])]));
    return field(2, field(1, field(1, address)));
  });
  const value = Buffer.concat([field(1, Buffer.from('name')), field(2, Buffer.concat(endpoints))]);
  return { type_url: TYPES.endpoints, value };
}

const response = (type_url: string, ...resources: ReturnType<typeof assignment>[]) => ({
  ...{ type_url, version_info: '1', nonce: '1', resources },
});
const deltaOf = (
  type_url: string,
  resource: ReturnType<typeof assignment> | null,
  removed: string[] = [],
) => ({
  ...{ type_url, nonce: '1', removed_resources: removed },
  resources: resource === null ? [] : [{ name: 'name', version: '1', resource }],
});

it('knows the endpoints of the last answer, by both protocols', () => {
  expect(told.endpoints).toBeNull();
  told.sotw(response(TYPES.endpoints, assignment('127.0.0.3', '127.0.0.2')));
  expect(told.endpoints).toEqual(['127.0.0.2:80', '127.0.0.3:80']);
  told.delta(deltaOf(TYPES.endpoints, assignment('127.0.0.4')));
  told.delta(deltaOf(TYPES.endpoints, assignment()));
  expect(sets).toEqual([['127.0.0.2:80', '127.0.0.3:80'], ['127.0.0.4:80'], []]);
  expect(objections).toEqual([]);
});

it('takes an answer of endpoints without a resource for nothing new', () => {
  told.sotw(response(TYPES.endpoints));
  expect([sets, objections]).toEqual([[], []]);
});

it.each([TYPES.listener, TYPES.cluster])('objects when nothing is left of %s', (type) => {
  told.sotw(response(type));
  told.delta(deltaOf(type, null, ['name']));
  expect(objections).toHaveLength(2);
});

it('objects when a client refuses what it was told', () => {
  told.request({ type_url: TYPES.cluster, error_detail: null });
  told.request({ type_url: TYPES.cluster, error_detail: { message: 'wrong' } });
  expect(objections).toEqual([`refused ${TYPES.cluster}: wrong`]);
});
