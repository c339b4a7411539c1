import { expect, it } from 'vitest';
import { cpuMicrosecondsOf, cpuNsOf, residentBytes, residentBytesOf } from './process-cost.js';

it('reads the processor time of a thread', () => {
  expect(cpuNsOf('64149012 102030 77\n')).toBe(64_149_012);
  expect(() => cpuNsOf('\n')).toThrow('accepted are three numbers');
});

it('reads the resident memory of a process', () => {
  expect(residentBytesOf('VmHWM:\t  9 kB\nVmRSS:\t    1748 kB\nRssAnon:\t 112 kB\n')).toBe(1_748 * 1024);
  expect(() => residentBytesOf('Name:\tx\n')).toThrow('no VmRSS');
});

it.runIf(process.platform === 'linux')('finds what this process uses in what the kernel says', () => {
  const { user, system } = process.cpuUsage();
  // What the process used before is in it, but for the time since the kernel last counted.
  expect(cpuMicrosecondsOf(process.pid)).toBeGreaterThan((user + system) / 2);
  expect(residentBytes(process.pid)).toBeGreaterThan(2 ** 20);
});
