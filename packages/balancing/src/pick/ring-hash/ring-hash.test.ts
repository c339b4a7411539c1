import { expect, it } from 'vitest';
import { CONTEXT, candidates, hostOf } from '../../../test/hosts.js';
import { parseConfig } from '../../config/parse.js';
import type { PickContext, Pipeline } from '../../contract.js';
import { xxh64 } from '../../hash/xxh64.js';
import { createPipeline } from '../../pipeline.js';

function ringOf(count: number, { seed = 1, connected = true } = {}): Pipeline {
  const config = parseConfig({ pick: { ringHash: { header: 'x-user' } } });
  const pipeline = createPipeline(config, hostOf(seed));
  const { lazy } = pipeline.update(candidates(count));
  if (connected) for (const key of lazy) pipeline.connection(key, 'ready');
  return pipeline;
}

const user = (name: string): PickContext => ({
  header: (header) => (header === 'x-user' ? name : undefined),
});

function keyOf(pipeline: Pipeline, context: PickContext): string | undefined {
  const slot = pipeline.pick(context);
  pipeline.endOfTurn();
  return slot?.key;
}

const users = Array.from({ length: 500 }, (_, i) => user(`user-${i}`));

it('goes by the header (gRFC A76), in every client alike, and by a hash of the host before that', () => {
  const [one, other] = [ringOf(5), ringOf(5, { seed: 2 })];
  for (const context of users) expect(keyOf(one, context)).toBe(keyOf(other, context));
  const hash = xxh64('user-7');
  expect(keyOf(one, { ...user('somebody else'), hash })).toBe(keyOf(one, user('user-7')));
});

it('chooses at random without the header', () => {
  const ring = ringOf(5);
  expect(new Set(Array.from({ length: 100 }, () => keyOf(ring, CONTEXT))).size).toBe(5);
});

it('chooses who is not connected yet, and lets the call wait for it', () => {
  const [ring, connected] = [ringOf(5, { connected: false }), ringOf(5)];
  for (const context of users) {
    const key = keyOf(ring, context) ?? '';
    expect(key).toBe(keyOf(connected, context));
    ring.connection(key, 'connecting');
    expect(keyOf(ring, context)).toBe(key);
  }
});

it('gives the keys of one whose connection failed to others, no other keys, and back again', () => {
  const ring = ringOf(5);
  const before = users.map((context) => keyOf(ring, context));
  const failed = before[0] ?? '';
  ring.connection(failed, 'failed');
  const during = users.map((context) => keyOf(ring, context));
  expect(during).not.toContain(failed);
  expect(during.filter((_key, i) => before[i] !== failed)).toEqual(before.filter((key) => key !== failed));
  expect(new Set(during.filter((_key, i) => before[i] === failed)).size).toBe(4);
  ring.connection(failed, 'ready');
  expect(users.map((context) => keyOf(ring, context))).toEqual(before);
});

it('has nobody to choose when all connections failed', () => {
  const ring = ringOf(2);
  for (const { key } of candidates(2)) ring.connection(key, 'failed');
  expect(keyOf(ring, user('a'))).toBeUndefined();
});

it('moves few keys between those that were there when one comes', () => {
  for (const n of [3, 10, 30]) {
    const ring = ringOf(n);
    const before = users.map((context) => keyOf(ring, context));
    const after = ringOf(n + 1);
    const added = candidates(n + 1)[n]?.key;
    const moved = users.map((context) => keyOf(after, context)).filter((key, i) => key !== before[i]);
    // A ring of about one size has fewer places for each of more: the places that go give their keys to whoever is next.
    expect(moved.filter((key) => key !== added).length / users.length).toBeLessThan(0.15);
    expect(moved.filter((key) => key === added).length / users.length).toBeLessThan(2 / n);
  }
});
