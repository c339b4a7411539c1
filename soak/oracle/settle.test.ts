import { describe, expect, it } from 'vitest';
import type { Look } from '../client/messages.js';
import { disagreements, misdirected, type Truth } from './settle.js';

const endpoint = (n: number, more: object = {}) => ({
  key: `127.1.1.${n}:8088`,
  pod: `echo-${n}`,
  ...{ node: 'node-1', ready: true, serving: true, terminating: false },
  ...more,
});
const keys = (...numbers: number[]) => numbers.map((n) => `127.1.1.${n}:8088`);

const truth: Truth = {
  endpoints: [endpoint(1), endpoint(2), endpoint(3, { node: 'node-2' }), endpoint(4, { ready: false })],
  lostNodes: new Set(['node-2']),
};
const calls = { [keys(1)[0]!]: 5, [keys(2)[0]!]: 4 };
const look: Look = {
  view: { atMs: 0, endpoints: truth.endpoints, state: 'live' },
  connections: { ready: 6, failed: 3 },
  connectedTo: [...keys(1, 1, 2, 2), '127.0.0.1:443'],
  answered: { plain: calls, retrying: calls },
  lastStartedMs: {},
  silentStreams: [],
  ...{ calls: 18, failed: 0, restarts: {} },
};

describe('a client that agrees with the API', () => {
  it('publishes all of it, and is connected to what lives', () => {
    expect(disagreements(truth, look)).toEqual([]);
    expect(misdirected(truth, look)).toEqual([]);
  });
});

describe('a client that does not', () => {
  it.each<[string, Partial<Look>, string]>([
    ['misses an endpoint', { view: { ...look.view, endpoints: truth.endpoints.slice(1) } }, 'the API has'],
    [
      'publishes a condition that is over',
      { view: { ...look.view, endpoints: [...truth.endpoints.slice(0, 3), endpoint(4)] } },
      'which the API does not have',
    ],
    ['is stale', { view: { ...look.view, state: 'stale' } }, 'are stale'],
    ['lacks a connection', { connections: { ready: 5 } }, '5 connections are ready'],
    ['has connections that the kernel does not know', { connectedTo: keys(1, 1, 2) }, 'fewer than 2'],
  ])('%s', (_what, more, text) => {
    expect(disagreements(truth, { ...look, ...more }).join('\n')).toContain(text);
  });

  it('calls others, or not all', () => {
    const answered = { plain: { [keys(1)[0]!]: 1, [keys(3)[0]!]: 1 }, retrying: calls };
    expect(misdirected(truth, { ...look, answered })).toEqual([
      `plain call answered by ${keys(3)[0]}, which the API does not have`,
      `the API has ${keys(2)[0]}: no plain call answered by`,
    ]);
  });

  it('has streams that are silent', () => {
    expect(misdirected(truth, { ...look, silentStreams: keys(1) })).toHaveLength(1);
  });
});
