import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { KubeletClient } from '../kubelet-client.js';
import { type MetricSample, parseExposition } from './exposition.js';
import { parseResourceMetrics, type UsagePoint, usageBetween } from './points.js';
import { bytesQuantity, cpuQuantity, goDuration } from './quantities.js';
import { createResourceMetrics } from './resource-metrics.js';

describe('the text format', () => {
  it.each<[string, MetricSample[]]>([
    ['', []],
    ['# HELP a b\n\n# TYPE a counter\n', []],
    ['up 1', [{ name: 'up', labels: {}, value: 1 }]],
    ['up 1.5e3 1700000000000', [{ name: 'up', labels: {}, value: 1500, atMs: 1700000000000 }]],
    ['a:b{} -Inf', [{ name: 'a:b', labels: {}, value: Number.NEGATIVE_INFINITY }]],
    ['a{b="c",d="e\\"f\\\\g\\nh",} 2\r', [{ name: 'a', labels: { b: 'c', d: 'e"f\\g\nh' }, value: 2 }]],
  ])('%j', (text, samples) => {
    expect(parseExposition(text)).toEqual(samples);
  });

  it.each(['a', 'a{b} 1', 'a{b="c} 1', 'a x', '1 2', 'a{b="c"'])('%j is refused with its place', (line) => {
    expect(() => parseExposition(`up 1\n${line}`)).toThrow('line 2 of the metrics is no sample');
  });
});

describe('quantities', () => {
  it.each([
    [0, '0'],
    [2, '2'],
    [0.25, '250m'],
    [0.000_005, '5u'],
    [0.012_345_678, '12345678n'],
    [1.5, '1500m'],
  ])('%d cores are %s', (cores, text) => {
    expect(cpuQuantity(cores)).toBe(text);
  });

  it.each([
    [0, '0'],
    [1001, '1001'],
    [2048, '2Ki'],
    [1234 * 1024, '1234Ki'],
    [20 * 1024 * 1024, '20Mi'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesQuantity(bytes)).toBe(text);
  });

  it.each([
    [0, '0s'],
    [980, '980ms'],
    [15_004, '15.004s'],
    [65_000, '1m5s'],
    [3_600_500, '1h0m0.5s'],
  ])('%d ms are %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });
});

describe('use between two points', () => {
  const point = (atMs: number, cpuSeconds: number, startedAtMs = 0): UsagePoint => ({
    atMs,
    cpuSeconds,
    memoryBytes: 7,
    startedAtMs,
  });

  it.each<[string, UsagePoint | undefined, UsagePoint, [cpu: number, windowMs: number] | undefined]>([
    ['of one run', point(1000, 1), point(3000, 2), [0.5, 2000]],
    ['of a container that is new', undefined, point(3000, 3, 1000), [1.5, 2000]],
    ['of a container that was restarted', point(2000, 9), point(4000, 1, 3000), [1, 1000]],
    ['too close to each other', point(1000, 1), point(1400, 2), undefined],
    ['of a container that has hardly begun', undefined, point(1400, 1, 1000), undefined],
    ['that go back', point(1000, 3), point(3000, 2), undefined],
  ])('%s', (_, previous, last, expected) => {
    const usage = usageBetween(previous, last);
    expect(usage && [usage.cpu, usage.windowMs]).toEqual(expected);
    if (usage) expect(usage).toMatchObject({ atMs: last.atMs, memoryBytes: 7 });
  });
});

/** Nodes whose one container `shop/web/main` uses `cores`, asked by a clock that waits by itself. */
function rig(names: readonly string[]) {
  let nowMs = 1_000_000;
  let cores = 0.5;
  let usedSeconds = 0;
  let asked = 0;
  const dead = new Set<string>();
  const later = (ms: number) => {
    nowMs += ms;
    usedSeconds += (cores * ms) / 1000;
  };
  const text = () =>
    `container_cpu_usage_seconds_total{container="main",namespace="shop",pod="web"} ${usedSeconds} ${nowMs}
container_memory_working_set_bytes{container="main",namespace="shop",pod="web"} 2048 ${nowMs}
container_start_time_seconds{container="main",namespace="shop",pod="web"} 1
node_cpu_usage_seconds_total ${usedSeconds} ${nowMs}
node_memory_working_set_bytes 4096 ${nowMs}
`;
  const kubelet: Pick<KubeletClient, 'get'> = {
    async get({ host }) {
      asked++;
      if (dead.has(host)) throw new Error('connection refused');
      const answer = Object.assign(Readable.from([Buffer.from(text())]), { statusCode: 200 });
      // Only these fields of the response are read.
      return answer as unknown as Awaited<ReturnType<KubeletClient['get']>>;
    },
  };
  const nodes = names.map(
    (name): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [{ type: 'InternalIP', address: name }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      },
    }),
  );
  const metrics = createResourceMetrics({
    cluster: {
      get: (_, __, name) => nodes.find(({ metadata }) => metadata.name === name),
      list: () => nodes,
    },
    kubelet,
    clock: {
      now: () => nowMs,
      setTimeout(fn, ms) {
        queueMicrotask(() => {
          later(ms);
          fn();
        });
        return { cancel() {} };
      },
    },
  });
  return {
    metrics,
    later,
    dead,
    asked: () => asked,
    use(next: number) {
      cores = next;
    },
  };
}

describe('resource metrics', () => {
  const used = async ({ metrics }: ReturnType<typeof rig>) => {
    const usage = (await metrics.podUsage()).get('shop/web')?.get('main');
    return usage && [Number(usage.cpu.toFixed(3)), usage.windowMs];
  };

  it('look twice, a second apart, when nobody has asked for a while', async () => {
    const cluster = rig(['node-a']);
    expect(await used(cluster)).toEqual([0.5, 1000]);
    cluster.later(60_000);
    cluster.use(2);
    expect(await used(cluster)).toEqual([2, 1000]);
  });

  it('tell the use since the question before, and the same again within two seconds', async () => {
    const cluster = rig(['node-a']);
    await used(cluster);
    cluster.use(1);
    cluster.later(5000);
    expect(await used(cluster)).toEqual([1, 5000]);
    const before = cluster.asked();
    cluster.later(1900);
    expect(await used(cluster)).toEqual([1, 5000]);
    expect(cluster.asked()).toBe(before);
  });

  it('look once for all who ask at the same time', async () => {
    const cluster = rig(['node-a']);
    await Promise.all([used(cluster), used(cluster), cluster.metrics.nodeUsage()]);
    expect(cluster.asked()).toBe(2);
  });

  it('leave out a node that does not answer, and have the others', async () => {
    const cluster = rig(['node-a', 'node-b']);
    cluster.dead.add('node-b');
    const usage = await cluster.metrics.nodeUsage();
    expect([...usage]).toMatchObject([['node-a', { cpu: 0.5, memoryBytes: 4096 }]]);
  });

  it('leave out a pod of which a container cannot be told yet', () => {
    const text = `container_cpu_usage_seconds_total{container="main",namespace="shop",pod="web"} 1 2000
container_memory_working_set_bytes{container="main",namespace="shop",pod="web"} 5 2000
container_cpu_usage_seconds_total{container="other",namespace="shop",pod="web"} 1 2000
`;
    const { node, pods } = parseResourceMetrics(text);
    expect(node).toBeUndefined();
    expect([...(pods.get('shop/web') ?? [])]).toEqual([
      ['main', { atMs: 2000, cpuSeconds: 1, memoryBytes: 5 }],
    ]);
  });
});
