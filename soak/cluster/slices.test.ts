import { expect, it } from 'vitest';
import { endpointsOf, usable } from './slices.js';

const slice = (...endpoints: object[]) => ({ metadata: { name: 'one' }, endpoints }) as never;
const endpoint = (address: string, conditions?: object) => ({
  addresses: [address],
  ...(conditions ? { conditions } : {}),
  targetRef: { name: `pod-${address}` },
  nodeName: 'node-1',
});

it('reads endpoints of all slices, an address once, without conditions as ready', () => {
  const read = endpointsOf([
    slice(endpoint('127.1.1.2'), endpoint('127.1.1.1')),
    slice(endpoint('127.1.1.2')),
  ]);
  expect(read.map(({ key, ready, serving, terminating }) => [key, ready, serving, terminating])).toEqual([
    ['127.1.1.1:8088', true, true, false],
    ['127.1.1.2:8088', true, true, false],
  ]);
  expect(endpointsOf([{ metadata: {}, endpoints: null }])).toEqual([]);
});

it('may use those that terminate only while none is ready', () => {
  const leaving = endpoint('127.1.1.1', { ready: false, serving: true, terminating: true });
  const unready = endpoint('127.1.1.2', { ready: false, serving: false, terminating: false });
  const keys = (slices: never) => usable(endpointsOf([slices])).map(({ pod }) => pod);
  expect(keys(slice(leaving, unready))).toEqual(['pod-127.1.1.1']);
  expect(keys(slice(leaving, unready, endpoint('127.1.1.3')))).toEqual(['pod-127.1.1.3']);
});
