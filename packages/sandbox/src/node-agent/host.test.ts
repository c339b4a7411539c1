import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import { delay, machineClock } from './host.js';

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

it('does not take a time that is too long for a timer of Node for none at all', async () => {
  const warned: string[] = [];
  const onWarning = ({ name }: Error): void => void warned.push(name);
  process.on('warning', onWarning);
  let fired = false;
  const timer = machineClock.setTimeout(() => {
    fired = true;
  }, 2 ** 40);
  await new Promise((resolve) => setTimeout(resolve, 5));
  timer.cancel();
  process.off('warning', onWarning);
  expect([fired, warned]).toEqual([false, []]);
});
