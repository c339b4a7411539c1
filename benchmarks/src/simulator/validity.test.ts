import { describe, expect, it } from 'vitest';
import { agrees, linkerdChecks, theoryChecks } from './validity.js';

describe('the simulator', () => {
  it('agrees with queueing theory within 2 %', () => {
    for (const check of theoryChecks(7, 0.3)) expect(check).toSatisfy(agrees);
  }, 120_000);

  it("agrees with Linkerd's figures of 2016 to the digits that were published", () => {
    for (const check of linkerdChecks(7)) expect(check).toSatisfy(agrees);
  }, 60_000);

  it('says so when it does not', () => {
    const check = { name: '', known: 1, tolerance: 0.02, unit: 'service times' } as const;
    expect(agrees({ ...check, simulated: 1.03 })).toBe(false);
    expect(agrees({ ...check, unit: '%', known: 99.9, simulated: 99.93, tolerance: 0.05 })).toBe(true);
    expect(agrees({ ...check, unit: '%', known: 99.9, simulated: 99.8, tolerance: 0.05 })).toBe(false);
  });
});
