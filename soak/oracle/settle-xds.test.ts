import { describe, expect, it } from 'vitest';
import type { Truth } from './settle.js';
import { type SeenXds, xdsDisagreements, xdsMisdirected } from './settle-xds.js';

const key = (n: number): string => `127.1.1.${n}:8088`;
const endpoint = (n: number, more: object = {}) => ({
  ...{ key: key(n), pod: `echo-${n}`, node: 'node-1', ready: true, serving: true, terminating: false },
  ...more,
});
const truth: Truth = {
  endpoints: [endpoint(1), endpoint(2, { node: 'node-2' }), endpoint(3, { ready: false })],
  lostNodes: new Set(['node-2']),
};
const look = { connectedTo: [key(1), '127.0.0.1:443'], answered: { [key(1)]: 5 }, calls: 5, failed: 0 };
const seen: SeenXds = { name: 'xds-1', told: [key(1), key(2)], look };

it('agrees when it was told what the API has, and calls what lives of it', () => {
  expect(xdsDisagreements(truth, seen)).toEqual([]);
  expect(xdsMisdirected(truth, seen)).toEqual([]);
});

it('need not call', () => {
  expect(xdsDisagreements(truth, { ...seen, look: null })).toEqual([]);
  expect(xdsMisdirected(truth, { ...seen, look: null })).toEqual([]);
});

describe('a client that does not agree', () => {
  it.each<[string, Partial<SeenXds>, string]>([
    ['was told nothing', { told: null }, `the API has ${key(1)}: no endpoint that xds-1 was told of`],
    ['was told of fewer', { told: [key(2)] }, `the API has ${key(1)}`],
    ['was told of one that is gone', { told: [key(1), key(2), key(4)] }, `told of ${key(4)}`],
    ['lacks a connection', { look: { ...look, connectedTo: [] } }, `no connection of xds-1 to ${key(1)}`],
  ])('%s', (_what, more, text) => {
    expect(xdsDisagreements(truth, { ...seen, ...more }).join('\n')).toContain(text);
  });

  it('calls others, or not all', () => {
    expect(xdsMisdirected(truth, { ...seen, look: { ...look, answered: { [key(3)]: 1 } } })).toHaveLength(2);
  });
});
