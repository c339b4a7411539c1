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

it('lets others have their turn among thousands', async () => {
  const endOfTurn = createEndOfTurn();
  let done = 0;
  const work = (): void => {
    done += 1;
  };
  for (let n = 0; n < 1_000; n++) endOfTurn(work);
  await Promise.resolve();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(1_000);
  endOfTurn(work);
  while (done < 1_001) await macrotask();
});
