import { describe, expect, it } from 'vitest';
import { cpuLimit } from './cpu-limit.js';
import { CallMeter } from './meter.js';

describe('CallMeter', () => {
  it('says the rates of the last whole second, and 0 before there was one', () => {
    const meter = new CallMeter(0);
    for (let i = 0; i < 20; i++) {
      meter.begin();
      meter.end(i % 4 !== 0, 10);
    }
    expect(meter.rates(500)).toEqual({ rps: 0, eps: 0 });
    expect(meter.rates(2000)).toEqual({ rps: 10, eps: 2.5 });
    expect(meter.rates(2500)).toEqual({ rps: 10, eps: 2.5 });
    expect(meter.rates(3000)).toEqual({ rps: 0, eps: 0 });
  });

  it('begins anew when the clock is set back', () => {
    const meter = new CallMeter(10_000);
    meter.begin();
    meter.end(true, 1);
    expect(meter.rates(0)).toEqual({ rps: 0, eps: 0 });
    meter.begin();
    meter.end(true, 1);
    expect(meter.rates(1000)).toEqual({ rps: 1, eps: 0 });
  });

  it('counts calls in flight, never below none', () => {
    const meter = new CallMeter(0);
    meter.begin();
    meter.begin();
    expect(meter.inFlight).toBe(2);
    for (let i = 0; i < 3; i++) meter.end(true, null);
    expect(meter.inFlight).toBe(0);
  });

  it('averages the latency of unary calls only', () => {
    const meter = new CallMeter(0);
    meter.end(true, null);
    expect(meter.latencyMs).toBeUndefined();
    meter.end(true, 10);
    expect(meter.latencyMs).toBe(10);
    meter.end(true, 20);
    expect(meter.latencyMs).toBe(11);
    meter.end(true, Number.NaN);
    meter.end(true, -5);
    expect(meter.latencyMs).toBe(11);
  });
});

describe('cpuLimit', () => {
  const V2 = '/sys/fs/cgroup/cpu.max';
  const V1 = '/sys/fs/cgroup/cpu/cpu.cfs_';

  it.each<[string, Record<string, string>, number]>([
    ['no cgroup', {}, 8],
    ['v2 without a limit', { [V2]: 'max 100000\n' }, 8],
    ['v2: half a CPU', { [V2]: '50000 100000\n' }, 0.5],
    ['v2: more than the machine has', { [V2]: '1600000 100000\n' }, 8],
    ['v1: two CPUs', { [`${V1}quota_us`]: '200000\n', [`${V1}period_us`]: '100000\n' }, 2],
    ['v1 without a limit', { [`${V1}quota_us`]: '-1\n', [`${V1}period_us`]: '100000\n' }, 8],
    ['nonsense', { [V2]: 'a b c' }, 8],
    ['an empty file', { [V2]: '' }, 8],
    ['a period of 0', { [V2]: '1000 0' }, 8],
  ])('%s', (_what, files, cpus) => {
    expect(cpuLimit((path) => files[path], 8)).toBe(cpus);
  });
});
