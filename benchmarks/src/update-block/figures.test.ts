import { expect, it } from 'vitest';
import { nameOf, PLACEMENTS, POLICIES, SIZES } from './contestants.js';
import { updateBlockRows } from './figures.js';

/** Seven rounds in which an update costs 100 µs, 0.4 µs per endpoint and, for round_robin, 3 µs per endpoint more. */
function samples(): Record<string, number[]> {
  const made: Record<string, number[]> = {};
  const put = (name: string, value: number): void => {
    made[name] = new Array<number>(7).fill(value);
  };
  for (const { name, ours } of POLICIES) {
    for (const n of [1, ...SIZES]) {
      const cost = 100 + n * (ours ? 0.4 : 3.4);
      for (const placement of PLACEMENTS) {
        put(nameOf.add(name, n, placement), cost);
        if (ours) put(nameOf.again(nameOf.add(name, n, placement)), cost * 1.1);
      }
      put(nameOf.noOp(name, n), n * 0.03);
      if (ours) put(nameOf.again(nameOf.noOp(name, n)), n * 0.03);
    }
  }
  for (const n of [1, ...SIZES]) {
    put(nameOf.touch(n), 90);
    put(nameOf.parse(n), 10 + n);
    put(nameOf.diffOnce(n), n * 0.1);
    put(nameOf.diffRepeated(n), n * 0.02);
  }
  return made;
}

it('counts what an update costs beyond the one at N = 1 in map diffs, from both runs of a round', () => {
  const rows = updateBlockRows(samples());
  const row = rows.find(({ id, n }) => id === 'update-block/fairlead, +1 in a grown slice' && n === 1000);
  // Mean of cost and 1.1 × cost: 1.05 × (500 − 100.4) µs, at 100 µs a diff.
  expect(row?.ratio).toBeCloseTo((1.05 * 399.6) / 100);
  expect(row).toMatchObject({ value: 525, control: 1.1, goal: 5, met: true });
});

it('puts no goal on grpc-js, and shows its growth', () => {
  const rows = updateBlockRows(samples()).filter(({ id }) => id.includes('round_robin'));
  expect(rows.every(({ goal, met }) => goal === null && met === null)).toBe(true);
  const growth = rows.find(({ id }) => id.endsWith('new slice, ÷ N=10'));
  expect(growth?.ratio).toBeCloseTo(3500 / 134);
});

it('judges an update without a change by repeated map diffs', () => {
  const row = updateBlockRows(samples()).find(
    ({ id, n }) => id === 'update-block/fairlead, no-op' && n === 100,
  );
  expect(row?.ratio).toBeCloseTo(1.5);
  expect(row).toMatchObject({ goal: 2, met: true });
});

it('names a contestant that is missing', () => {
  const { [nameOf.parse(10)]: _parse, ...rest } = samples();
  expect(() => updateBlockRows(rest)).toThrow('no contestant parse 10');
});
