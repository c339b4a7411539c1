import type { ContainerUsage, NodeUsage } from './usage-meter.js';

interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The text that the kubelet answers `/metrics/resource` with: CPU time in seconds and memory in bytes of the node, its
 * pods and their containers, with the time of the measurement, in Prometheus' exposition format.
 */
export function resourceMetrics(usage: NodeUsage): string {
  const { containers, atMs } = usage;
  const at = (value: number, labels: Line['labels'] = {}): Line => ({ labels, value });
  const pods = podsOf(containers);
  return [
    family(
      'container_cpu_usage_seconds_total counter',
      containers.map((each) => at(each.cpuMs / 1000, labelsOf(each))),
      atMs,
    ),
    family(
      'container_memory_working_set_bytes gauge',
      containers.map((each) => at(each.memoryBytes, labelsOf(each))),
      atMs,
    ),
    family(
      'container_start_time_seconds gauge',
      containers.map((each) => at(each.startedAtMs / 1000, labelsOf(each))),
      undefined,
    ),
    family('node_cpu_usage_seconds_total counter', [at(usage.cpuMs / 1000)], atMs),
    family('node_memory_working_set_bytes gauge', [at(usage.memoryBytes)], atMs),
    family(
      'pod_cpu_usage_seconds_total counter',
      pods.map(({ labels, cpuMs }) => at(cpuMs / 1000, labels)),
      atMs,
    ),
    family(
      'pod_memory_working_set_bytes gauge',
      pods.map(({ labels, memoryBytes }) => at(memoryBytes, labels)),
      atMs,
    ),
    family('scrape_error gauge', [at(0)], undefined),
  ].join('');
}

function labelsOf({ namespace, pod, name }: ContainerUsage): Record<string, string> {
  return { container: name, namespace, pod };
}

interface PodUsage {
  readonly labels: Readonly<Record<string, string>>;
  cpuMs: number;
  memoryBytes: number;
}

function podsOf(containers: readonly ContainerUsage[]): PodUsage[] {
  const pods = new Map<string, PodUsage>();
  for (const { namespace, pod, cpuMs, memoryBytes } of containers) {
    const key = `${namespace}/${pod}`;
    const found = pods.get(key) ?? { labels: { namespace, pod }, cpuMs: 0, memoryBytes: 0 };
    found.cpuMs += cpuMs;
    found.memoryBytes += memoryBytes;
    pods.set(key, found);
  }
  return [...pods.values()];
}

function family(head: string, lines: readonly Line[], atMs: number | undefined): string {
  if (lines.length === 0) return '';
  const name = head.slice(0, head.indexOf(' '));
  const time = atMs === undefined ? '' : ` ${Math.round(atMs)}`;
  const text = lines.map(({ labels, value }) => `${name}${labelText(labels)} ${value}${time}\n`);
  return `# TYPE ${head}\n${text.join('')}`;
}

/** Names of objects have no character that must be escaped. */
function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
