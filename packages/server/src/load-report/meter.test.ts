import { describe, expect, it } from 'vitest';
import { CallMeter } from './meter.js';

describe('CallMeter', () => {
  it('says the rates of the last whole second, and 0 before there was one', () => {
    const meter = new CallMeter(0);
    for (let i = 0; i < 20; i++) {
      meter.begin();
      meter.end(0, i % 4 !== 0, 10);
    }
    expect(meter.rates(500)).toEqual({ rps: 0, eps: 0 });
    expect(meter.rates(2000)).toEqual({ rps: 10, eps: 2.5 });
    expect(meter.rates(2500)).toEqual({ rps: 10, eps: 2.5 });
    expect(meter.rates(3000)).toEqual({ rps: 0, eps: 0 });
  });

  it('begins anew when the clock is set back', () => {
    const meter = new CallMeter(10_000);
    meter.begin();
    meter.end(10_000, true, 1);
    expect(meter.rates(0)).toEqual({ rps: 0, eps: 0 });
    meter.begin();
    meter.end(0, true, 1);
    expect(meter.rates(1000)).toEqual({ rps: 1, eps: 0 });
  });

  it('says the rates of the last second also when nobody has asked for long', () => {
    const meter = new CallMeter(0);
    for (let ms = 0; ms < 60_000; ms += 100) meter.end(ms, true, 1);
    for (let ms = 60_000; ms < 62_000; ms += 10) meter.end(ms, false, 1);
    expect(meter.rates(62_000)).toEqual({ rps: 100, eps: 100 });
  });

  it('counts calls in flight, never below none', () => {
    const meter = new CallMeter(0);
    meter.begin();
    meter.begin();
    expect(meter.inFlight).toBe(2);
    for (let i = 0; i < 3; i++) meter.end(0, true, null);
    expect(meter.inFlight).toBe(0);
  });

  it('counts streams in the rates only', () => {
    const meter = new CallMeter(0);
    meter.begin();
    for (let i = 0; i < 10; i++) meter.endStream(0, i > 0);
    expect(meter.inFlight).toBe(1);
    expect(meter.latencyMs).toBeUndefined();
    expect(meter.rates(1000)).toEqual({ rps: 10, eps: 1 });
  });

  it('has the latency of the last call only where calls are a second apart', () => {
    const meter = new CallMeter(0);
    meter.end(0, true, 100);
    meter.end(500, true, 10);
    expect(meter.latencyMs).toBe(55);
    meter.end(1500, true, 10);
    expect(meter.latencyMs).toBe(10);
    meter.end(0, true, 20);
    expect(meter.latencyMs).toBe(11);
  });

  it('averages the latency of unary calls only', () => {
    const meter = new CallMeter(0);
    meter.end(0, true, null);
    expect(meter.latencyMs).toBeUndefined();
    meter.end(0, true, 10);
    expect(meter.latencyMs).toBe(10);
    meter.end(0, true, 20);
    expect(meter.latencyMs).toBe(11);
    meter.end(0, true, Number.NaN);
    meter.end(0, true, -5);
    expect(meter.latencyMs).toBe(11);
  });
});
