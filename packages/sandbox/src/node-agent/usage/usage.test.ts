import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resourceMetrics } from './exposition.js';
import {
  type ProcessSample,
  parseProcess,
  processesOf,
  readProcessTable,
  residentBytes,
} from './process-table.js';
import { type MeasuredContainer, UsageMeter } from './usage-meter.js';

describe('a line of /proc/PID/stat', () => {
  const rest = '4194560 100 200 0 0 25 5 3 7 20 0 1 0 8000 1 2';

  it.each<[string, ProcessSample | undefined]>([
    [`77 (node) S 1 70 70 0 -1 ${rest}`, { pid: 77, parent: 1, group: 70, cpuMs: 400 }],
    [`77 (a) b ) c) R 5 77 77 0 -1 ${rest}`, { pid: 77, parent: 5, group: 77, cpuMs: 400 }],
    ['77 (node) S 1 70', undefined],
    ['', undefined],
  ])('%j', (line, sample) => {
    expect(parseProcess(line)).toEqual(sample);
  });
});

describe('the processes of a container', () => {
  const process = (pid: number, parent: number, group: number): ProcessSample => ({
    pid,
    parent,
    group,
    cpuMs: 0,
  });
  const table = [
    process(1, 0, 1),
    process(10, 1, 10),
    process(11, 10, 10),
    process(12, 11, 12),
    process(13, 1, 10),
    process(20, 1, 20),
    process(21, 20, 20),
  ];

  it.each([
    [10, [10, 11, 12, 13]],
    [20, [20, 21]],
    [99, []],
  ])('of %i are its group and its descendants: %j', (first, pids) => {
    const found = processesOf(table, first).map(({ pid }) => pid);
    expect(found.sort((a, b) => a - b)).toEqual(pids);
  });

  it('are read from this machine', async () => {
    const child = spawn('sleep', ['60'], { detached: true });
    try {
      const found = processesOf(readProcessTable(), child.pid ?? 0);
      expect(found.map(({ pid }) => pid)).toEqual([child.pid]);
      expect(residentBytes(child.pid ?? 0)).toBeGreaterThan(0);
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    expect(residentBytes(child.pid ?? 0)).toBe(0);
  });
});

describe('the meter', () => {
  const main: MeasuredContainer = {
    namespace: 'shop',
    pod: 'web-1',
    name: 'main',
    pid: 10,
    startedAtMs: 1000,
  };

  function meterOf(table: ProcessSample[]): UsageMeter {
    return new UsageMeter({ table: () => table, residentBytes: () => 4096 });
  }

  it('adds up processes and never goes back when one leaves', () => {
    const table: ProcessSample[] = [
      { pid: 10, parent: 1, group: 10, cpuMs: 50 },
      { pid: 11, parent: 10, group: 10, cpuMs: 30 },
    ];
    const meter = meterOf(table);
    expect(meter.measure([main], 2000)).toMatchObject({
      atMs: 2000,
      cpuMs: 80,
      memoryBytes: 8192,
      containers: [{ cpuMs: 80, memoryBytes: 8192 }],
    });
    table.pop();
    expect(meter.measure([main], 3000)).toMatchObject({
      cpuMs: 80,
      memoryBytes: 4096,
      containers: [{ cpuMs: 80 }],
    });
    table[0] = { pid: 10, parent: 1, group: 10, cpuMs: 100 };
    expect(meter.measure([main], 4000)).toMatchObject({ cpuMs: 100, containers: [{ cpuMs: 100 }] });
  });

  it('keeps what ended containers used in the total of the node, also when a pid comes back', () => {
    const table: ProcessSample[] = [{ pid: 10, parent: 1, group: 10, cpuMs: 50 }];
    const meter = meterOf(table);
    meter.measure([main], 2000);
    expect(meter.measure([], 3000)).toMatchObject({ cpuMs: 50, memoryBytes: 0, containers: [] });
    table[0] = { pid: 10, parent: 1, group: 10, cpuMs: 20 };
    const again = meter.measure([{ ...main, startedAtMs: 3500 }], 4000);
    expect(again).toMatchObject({ cpuMs: 70, containers: [{ cpuMs: 20 }] });
  });

  it('tells it in the text of /metrics/resource', () => {
    const meter = meterOf([{ pid: 10, parent: 1, group: 10, cpuMs: 50 }]);
    const labels = 'namespace="shop",pod="web-1"';
    expect(
      resourceMetrics(meter.measure([main], 2000)),
    ).toBe(`# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="main",${labels}} 0.05 2000
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="main",${labels}} 4096 2000
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="main",${labels}} 1
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 0.05 2000
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 4096 2000
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{${labels}} 0.05 2000
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{${labels}} 4096 2000
# TYPE scrape_error gauge
scrape_error 0
`);
  });
});
