/** Reads a small file; undefined when there is none. */
export type ReadText = (path: string) => string | undefined;

const V2 = '/sys/fs/cgroup/cpu.max';
const V1_QUOTA = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const V1_PERIOD = '/sys/fs/cgroup/cpu/cpu.cfs_period_us';

/**
 * CPUs that this process may use: the limit of its container (cgroup v2, else v1), or `machine` when it has none or a
 * greater one.
 */
export function cpuLimit(read: ReadText, machine: number): number {
  const [v2Quota, v2Period] = (read(V2) ?? '').trim().split(/\s+/);
  const limit = share(v2Quota, v2Period) ?? share(read(V1_QUOTA), read(V1_PERIOD));
  return limit === undefined ? machine : Math.min(limit, machine);
}

/** `max` of cgroup v2 and -1 of v1 mean that there is no limit. */
function share(quota: string | undefined, period: string | undefined): number | undefined {
  const cpus = Number(quota?.trim() || Number.NaN) / Number(period?.trim() || Number.NaN);
  return cpus > 0 && Number.isFinite(cpus) ? cpus : undefined;
}
