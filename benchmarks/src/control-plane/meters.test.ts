import { describe, expect, it } from 'vitest';
import { Meters } from './meters.js';

describe('metrics', () => {
  it('are added up over their attributes', () => {
    const meters = new Meters();
    meters
      .getMeter()
      .createObservableCounter('sent')
      .addCallback((result) => {
        result.observe(2, { type: 'a' });
        result.observe(3, { type: 'b' });
      });
    expect(meters.count('sent')).toBe(5);
    expect(() => meters.count('else')).toThrow('there is no metric else');
  });

  it('say when so many more responses were accepted, whatever came before', async () => {
    const meters = new Meters();
    const ages = meters.getMeter().createHistogram('age');
    ages.record(0.001);
    let accepted = false;
    const waiting = meters.accepted(2).then(() => {
      accepted = true;
    });
    ages.record(0.002);
    await Promise.resolve();
    expect(accepted).toBe(false);
    ages.record(0.003);
    await waiting;
    expect(meters.takeAges()).toEqual([1, 2, 3]);
    expect(meters.takeAges()).toEqual([]);
  });
});
