import { describe, expect, it } from 'vitest';
import { slice } from '../../../test/doubles/slices.js';
import { silentLogger } from '../../logger.js';
import type { KubeObject } from '../client/client.js';
import { ServiceStore } from './service-store.js';

function setUp() {
  const told: [service: string, slices: readonly string[]][] = [];
  const warned: unknown[] = [];
  const store = new ServiceStore((...change) => told.push(change), {
    ...silentLogger,
    warn: (_, fields) => warned.push(fields),
  });
  const names = (service: string) => [...store.slices(service).keys()];
  const replace = (objects: readonly KubeObject[]) => store.replace(objects.map((each) => store.read(each)));
  return { store, told, warned, names, replace };
}

const one = [{ host: '10.0.0.1' }];

describe('ServiceStore', () => {
  it('keeps the slices of each Service apart, and tells whose changed', () => {
    const { told, names, replace } = setUp();
    replace([
      slice({ name: 'a1', service: 'a' }),
      slice({ name: 'b1', service: 'b' }),
      slice({ name: 'a2', service: 'a' }),
      slice({ name: 'a1', service: 'a', namespace: 'other' }),
    ]);
    expect(told).toEqual([
      ['ns/a', ['ns/a1', 'ns/a2']],
      ['ns/b', ['ns/b1']],
      ['other/a', ['other/a1']],
    ]);
    expect(names('ns/a')).toEqual(['ns/a1', 'ns/a2']);
    expect(names('ns/none')).toEqual([]);
  });

  it('takes a list for the complete truth', () => {
    const { told, names, replace } = setUp();
    replace([slice({ name: 'a1', service: 'a' }), slice({ name: 'b1', service: 'b' })]);
    told.length = 0;
    replace([slice({ name: 'a2', service: 'a' })]);
    expect(told).toEqual([
      ['ns/a', ['ns/a1', 'ns/a2']],
      ['ns/b', ['ns/b1']],
    ]);
    expect(names('ns/a')).toEqual(['ns/a2']);
    expect(names('ns/b')).toEqual([]);
  });

  it('does not read again what a list repeats', () => {
    const { store, told, replace } = setUp();
    const known = slice({ name: 'a1', service: 'a', resourceVersion: '7' });
    replace([known]);
    const before = store.slices('ns/a').get('ns/a1');
    told.length = 0;
    replace([{ ...known }]);
    expect(told).toEqual([]);
    replace([slice({ name: 'a1', service: 'a', resourceVersion: '8', endpoints: one })]);
    expect(told).toEqual([['ns/a', ['ns/a1']]]);
    expect(store.slices('ns/a').get('ns/a1')).not.toBe(before);
  });

  it('moves a slice that is given to another Service', () => {
    const { store, told, names } = setUp();
    store.upsert(slice({ name: 's', service: 'a' }));
    told.length = 0;
    store.upsert(slice({ name: 's', service: 'b' }));
    expect(told).toEqual([
      ['ns/a', ['ns/s']],
      ['ns/b', ['ns/s']],
    ]);
    expect([names('ns/a'), names('ns/b')]).toEqual([[], ['ns/s']]);
  });

  it('drops a slice that loses the label of its Service', () => {
    const { store, told, warned, names } = setUp();
    store.upsert(slice({ name: 's', service: 'a' }));
    store.upsert({ ...slice({ name: 's' }), metadata: { name: 's', namespace: 'ns' } });
    expect(told.at(-1)).toEqual(['ns/a', ['ns/s']]);
    expect(names('ns/a')).toEqual([]);
    expect(warned).toEqual([{ slice: 'ns/s', problem: 'label kubernetes.io/service-name is missing' }]);
  });

  it('says nothing when what it does not have is removed', () => {
    const { store, told } = setUp();
    store.remove(slice({ name: 's' }));
    store.remove({ metadata: {} });
    expect(told).toEqual([]);
  });

  it('logs each problem once, and no more than two hundred', () => {
    const { store, warned } = setUp();
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 300; n++) store.upsert(slice({ name: `s${n}`, endpoints: [{ host: 'nonsense' }] }));
    }
    expect(warned).toHaveLength(200);
  });
});

describe('the JSON of changed slices', () => {
  it('is kept for the last hundred only, and the endpoints stay the same objects', () => {
    const { store, replace } = setUp();
    const numbers = Array.from({ length: 150 }, (_, n) => n);
    const objects = numbers.map((n) => slice({ name: `s${n}`, service: 'a', endpoints: one }));
    replace(objects);
    const slices = () => [...store.slices('ns/a').values()];
    const endpoints = slices().map((each) => each.endpoints[0]);
    for (const each of objects) store.upsert(each);
    expect(slices().filter(({ read }) => read.length > 0)).toEqual(slices().slice(50));
    for (const each of objects) store.upsert(each);
    expect(slices().map((each) => each.endpoints[0])).toEqual(endpoints);
    expect(slices().every((each, n) => each.endpoints[0] === endpoints[n])).toBe(true);
  });
});
