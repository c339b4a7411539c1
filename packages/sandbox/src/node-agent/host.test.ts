import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import { delay } from './host.js';

it('waits, ends early when it is aborted, and leaves no timer', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const ended: string[] = [];
  void delay(clock, 100, abort.signal).then(() => ended.push('short'));
  void delay(clock, 10_000, abort.signal).then(() => ended.push('long'));
  await clock.advance(100);
  expect(ended).toEqual(['short']);
  abort.abort();
  await clock.advance(0);
  expect(ended).toEqual(['short', 'long']);
  expect(clock.pending).toBe(0);
  await delay(clock, 10_000, abort.signal);
});
