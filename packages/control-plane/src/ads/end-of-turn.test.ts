import { expect, it } from 'vitest';
import { macrotask } from '../../../discovery/test/doubles/virtual-clock.js';
import { createEndOfTurn } from './end-of-turn.js';

it('does all that was asked for in the order of asking, and what that asks for in the same turn', async () => {
  const endOfTurn = createEndOfTurn();
  const done: number[] = [];
  endOfTurn(() => {
    done.push(1);
    endOfTurn(() => done.push(3));
  });
  endOfTurn(() => done.push(2));
  expect(done).toEqual([]);
  await macrotask();
  expect(done).toEqual([1, 2, 3]);
});
