import { describe, expect, it } from 'vitest';
import { createRow, isMet } from './rows.js';

describe('isMet', () => {
  it.each([
    { what: 'no goal', low: 1, high: 2, control: 1, goal: null, met: null },
    { what: 'all of the interval below', low: 1, high: 1.4, control: 1, goal: 1.5, met: true },
    { what: 'nothing of what must not happen', low: 0, high: 0, control: null, goal: 0, met: true },
    { what: 'the upper end on the goal', low: 1, high: 1.5, control: 1, goal: 1.5, met: true },
    { what: 'all of the interval above', low: 1.6, high: 2, control: 1, goal: 1.5, met: false },
    { what: 'the lower end on the goal', low: 1.5, high: 2, control: 1, goal: 1.5, met: null },
    { what: 'the goal inside', low: 1.4, high: 1.6, control: 1, goal: 1.5, met: null },
    { what: 'a loose goal and a bad control', low: 1, high: 1.1, control: 1.3, goal: 1.5, met: true },
    { what: 'a tight goal and a good control', low: 1, high: 1.015, control: 0.992, goal: 1.02, met: true },
    { what: 'a tight goal and a bad control', low: 1, high: 1.015, control: 1.03, goal: 1.02, met: null },
    { what: 'a tight goal without a control', low: 1, high: 1.015, control: null, goal: 1.02, met: null },
    { what: 'a tight goal missed', low: 1.05, high: 1.1, control: 1.5, goal: 1.02, met: false },
    { what: 'no number at all', low: Number.NaN, high: Number.NaN, control: 1, goal: 1.5, met: null },
  ])('$what: $met', ({ low, high, control, goal, met }) => {
    expect(isMet({ low, high, control, goal })).toBe(met);
  });
});

describe('createRow', () => {
  const common = { id: 'x', n: 10, unit: 'ms', subject: [2, 4, 6, 8, 10, 12, 14] };

  it('judges the ratio when there is one, and shows the value beside it', () => {
    const row = createRow({ ...common, ratios: [1, 1.1, 1.2, 1.1, 1.1, 1.2, 1], goal: 1.5 });
    expect(row).toMatchObject({ value: 8, ratio: 1.1, control: null, goal: 1.5, met: true });
    expect(row.low).toBeGreaterThanOrEqual(1);
    expect(row.high).toBeLessThanOrEqual(1.2);
  });

  it('judges the value otherwise', () => {
    const row = createRow({ ...common, goal: 1 });
    expect(row).toMatchObject({ value: 8, met: false });
    expect(row).not.toHaveProperty('ratio');
    expect(row.low).toBeGreaterThanOrEqual(2);
  });

  it('takes the control from the rounds in which the subject ran twice', () => {
    const again = common.subject.map((value) => value * 1.05);
    const row = createRow({ ...common, again });
    expect(row.control).toBeCloseTo(1.05);
    expect(row.met).toBeNull();
  });
});
