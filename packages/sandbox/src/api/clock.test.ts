import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

afterEach(() => {
  vi.useRealTimers();
});

it('does not fire at once when it is asked to wait for longer than Node can', () => {
  vi.useFakeTimers();
  const fired = vi.fn();
  const timer = systemClock.setTimeout(fired, 9_999_999_999_000);
  vi.advanceTimersByTime(86_400_000);
  expect(fired).not.toHaveBeenCalled();
  timer.cancel();
});
