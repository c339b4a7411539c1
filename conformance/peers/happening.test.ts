import { expect, it } from 'vitest';
import { happeningOf } from './happening.js';

const times = { startMs: 100, settledMs: 400, endMs: 900 };
const change = (atMs: number, ...ready: string[]) => ({ atMs, ready: new Set(ready) });

it('knows who arrived, who came back and who is left; the state before the event is no arrival', () => {
  const changes = [change(10, 'a', 'b'), change(200, 'b'), change(300, 'a', 'b', 'c'), change(350, 'a', 'c')];
  expect(happeningOf(changes, times)).toEqual({
    ...times,
    ready: ['a', 'c'],
    arrived: new Map([
      ['a', 300],
      ['c', 300],
    ]),
    empty: [],
  });
});

it('knows when no pod was ready, to the end of the event if none came', () => {
  const changes = [change(10, 'a'), change(150), change(250, 'b'), change(500)];
  expect(happeningOf(changes, times).empty).toEqual([
    { fromMs: 150, toMs: 250 },
    { fromMs: 500, toMs: 900 },
  ]);
});
