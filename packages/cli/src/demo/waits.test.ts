import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWaits } from './waits.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('looks again until the condition holds', async () => {
  const { signal } = new AbortController();
  const { until } = createWaits(signal);
  let looks = 0;
  const waiting = until('three looks', async () => ++looks === 3);
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
  expect(looks).toBe(3);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('gives up with what it waited for', async () => {
  const { until } = createWaits(new AbortController().signal);
  const waiting = expect(until('pods', () => false, 500)).rejects.toThrow('gave up after 0.5 s: pods');
  await vi.advanceTimersByTimeAsync(600);
  await waiting;
});

it('passes on what the condition throws', async () => {
  const { until } = createWaits(new AbortController().signal);
  await expect(until('x', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

it('ends at once when the story is broken off, and leaves no timer', async () => {
  const controller = new AbortController();
  const { until, pause } = createWaits(controller.signal);
  const waiting = [until('x', () => false), pause(60_000)].map((wait) =>
    expect(wait).rejects.toThrow('over'),
  );
  await vi.advanceTimersByTimeAsync(50);
  controller.abort(new Error('over'));
  await Promise.all(waiting);
  expect(vi.getTimerCount()).toBe(0);
  await expect(until('x', () => true)).rejects.toThrow('over');
});
