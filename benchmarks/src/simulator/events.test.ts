import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Events, FixedDelay } from './events.js';

describe('Events', () => {
  it('runs events by time, and those of one time in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (times) => {
        const events = new Events();
        const ran: [number, number][] = [];
        for (const [i, atMs] of times.entries()) events.at(atMs, () => ran.push([events.now, i]));
        events.run(20);
        const sorted = times.map((atMs, i): [number, number] => [atMs, i]).sort((a, b) => a[0] - b[0]);
        expect(ran).toEqual(sorted);
      }),
    );
  });

  it('runs what an event causes, up to the end and no further', () => {
    const events = new Events();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      events.after(10, tick);
    };
    tick();
    events.run(45);
    expect([ticks, events.now]).toEqual([5, 45]);
    events.run(50);
    expect(ticks).toBe(6);
  });

  it('runs at once what should have been earlier', () => {
    const events = new Events();
    events.run(5);
    let at = -1;
    events.at(1, () => {
      at = events.now;
    });
    events.run(5);
    expect(at).toBe(5);
  });
});

it('a fixed delay is the same for every action', () => {
  const events = new Events();
  const delay = new FixedDelay(events, 7);
  const ran: number[] = [];
  for (let i = 0; i < 3000; i++) events.at(i, () => delay.add(() => ran.push(events.now - i)));
  events.run(4000);
  expect(ran.length).toBe(3000);
  expect(new Set(ran)).toEqual(new Set([7]));
});
