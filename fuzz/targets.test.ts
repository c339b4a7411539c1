import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Checker, StrayErrors } from './engine/checker.js';
import { CurrentInput } from './engine/current-input.js';
import { recipes } from './engine/recipes.js';
import { TARGETS } from './targets.js';

/** A glance at each target, at the same inputs each time; `npm run fuzz` takes longer, and others. */
const GLANCE = { seed: 1, numRuns: 500, interruptAfterTimeLimit: 500 };

describe.each(TARGETS.map((target) => ({ name: target.name, target })))('$name', ({ target }) => {
  it('meets good inputs and bad ones as it should', async () => {
    const stray = new StrayErrors();
    const subject = await target.open();
    const checker = new Checker(subject, { form: target.form, current: new CurrentInput(), stray });
    try {
      const seeds = target.seeds();
      for (const seed of seeds) await checker.check(seed);
      const property = fc.asyncProperty(recipes(seeds, target.form), (input) => checker.check(input));
      await fc.assert(property, GLANCE);
    } finally {
      await subject.close?.();
      stray.close();
    }
  });

  it('has inputs that its form writes and reads', () => {
    for (const seed of target.seeds()) expect(target.form.read(target.form.write(seed))).toEqual(seed);
  });
});
