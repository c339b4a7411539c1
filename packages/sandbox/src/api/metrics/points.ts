import { type MetricSample, parseExposition } from './exposition.js';

/** What something had used at one moment. */
export interface UsagePoint {
  readonly atMs: number;
  /** CPU time since the start (s). */
  readonly cpuSeconds: number;
  /** Working set (bytes). */
  readonly memoryBytes: number;
  /** When it started (ms since the epoch): it had used no CPU then. Absent for nodes. */
  readonly startedAtMs?: number;
}

/** What one node and its containers had used. */
export interface NodePoints {
  readonly node: UsagePoint | undefined;
  /** By `namespace/pod`, then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, UsagePoint>>;
}

/** Use between two points. */
export interface Usage {
  /** Cores. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly atMs: number;
  readonly windowMs: number;
}

/** A shorter window says nothing about CPU time, which the kernel counts in steps of 10 ms. */
const MIN_WINDOW_MS = 500;

/** Reads a kubelet's answer to `/metrics/resource`; throws when it is none. */
export function parseResourceMetrics(text: string): NodePoints {
  const samples = parseExposition(text);
  const containers = new Map<string, Map<string, UsagePoint>>();
  for (const cpu of samples.filter(({ name }) => name === 'container_cpu_usage_seconds_total')) {
    const { namespace = '', pod = '', container = '' } = cpu.labels;
    const of = (name: string) =>
      samples.find(
        (sample) =>
          sample.name === name &&
          sample.labels.namespace === namespace &&
          sample.labels.pod === pod &&
          sample.labels.container === container,
      );
    const point = toPoint(cpu, of('container_memory_working_set_bytes'), of('container_start_time_seconds'));
    if (!point) continue;
    const key = `${namespace}/${pod}`;
    containers.set(key, (containers.get(key) ?? new Map()).set(container, point));
  }
  const whole = (name: string) => samples.find((sample) => sample.name === name);
  return {
    node: toPoint(whole('node_cpu_usage_seconds_total'), whole('node_memory_working_set_bytes')),
    pods: containers,
  };
}

function toPoint(
  cpu: MetricSample | undefined,
  memory: MetricSample | undefined,
  start?: MetricSample,
): UsagePoint | undefined {
  if (cpu?.atMs === undefined || memory === undefined) return undefined;
  return {
    atMs: cpu.atMs,
    cpuSeconds: cpu.value,
    memoryBytes: memory.value,
    ...(start ? { startedAtMs: start.value * 1000 } : {}),
  };
}

/** Use between two points of the same run, or since the start of one that has no earlier point; undefined: too early. */
export function usageBetween(previous: UsagePoint | undefined, last: UsagePoint): Usage | undefined {
  const since = previous && previous.startedAtMs === last.startedAtMs ? previous : startOf(last);
  if (!since) return undefined;
  const windowMs = last.atMs - since.atMs;
  if (windowMs < MIN_WINDOW_MS || last.cpuSeconds < since.cpuSeconds) return undefined;
  const cpu = (last.cpuSeconds - since.cpuSeconds) / (windowMs / 1000);
  return { cpu, memoryBytes: last.memoryBytes, atMs: last.atMs, windowMs };
}

function startOf({ startedAtMs }: UsagePoint): Pick<UsagePoint, 'atMs' | 'cpuSeconds'> | undefined {
  return startedAtMs === undefined ? undefined : { atMs: startedAtMs, cpuSeconds: 0 };
}
