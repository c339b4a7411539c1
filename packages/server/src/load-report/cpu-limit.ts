/** Reads a small file; undefined when there is none. */
export type ReadText = (path: string) => string | undefined;

const SELF = '/proc/self/cgroup';
const V2 = '/sys/fs/cgroup';
const V1 = '/sys/fs/cgroup/cpu';

/**
 * Finds the files that limit the CPU of this process, and returns what reads them: CPUs that it may use, at most
 * `machine`. The limits of its cgroup (v2 or v1) and of all above it hold together. A container sees its own cgroup as
 * the root, or, without a namespace of its own, a path that is not there: then the root counts.
 */
export function createCpuLimit(read: ReadText, machine: number): () => number {
  const { v2, v1 } = pathsOf(read(SELF) ?? '');
  const limits = [...v2.map((path) => () => ofV2(read, path)), ...v1.map((path) => () => ofV1(read, path))];
  return () => limits.reduce((least, limit) => Math.min(least, limit() ?? machine), machine);
}

/** `max` instead of a quota means that there is no limit. */
function ofV2(read: ReadText, path: string): number | undefined {
  const [quota, period] = (read(`${V2}${path}/cpu.max`) ?? '').trim().split(/\s+/);
  return share(quota, period);
}

/** A quota of -1 means that there is no limit. */
function ofV1(read: ReadText, path: string): number | undefined {
  const file = `${V1}${path}/cpu.cfs`;
  return share(read(`${file}_quota_us`), read(`${file}_period_us`));
}

function share(quota: string | undefined, period: string | undefined): number | undefined {
  const cpus = Number(quota?.trim() || Number.NaN) / Number(period?.trim() || Number.NaN);
  return cpus > 0 && Number.isFinite(cpus) ? cpus : undefined;
}

/** cgroups(7): `0::/path` of v2, `4:cpu,cpuacct:/path` of v1. */
function pathsOf(text: string): { readonly v2: readonly string[]; readonly v1: readonly string[] } {
  let [v2, v1] = ['', ''];
  for (const line of text.split('\n')) {
    const [id, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (id === '0' && controllers === '') v2 = path;
    else if (controllers.split(',').includes('cpu')) v1 = path;
  }
  return { v2: upwards(v2), v1: upwards(v1) };
}

/** `/a/b` is in `/a/b`, `/a` and the root, which is ``. What lies outside of the namespace is not looked for. */
function upwards(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.includes('..')) return [''];
  return Array.from({ length: parts.length + 1 }, (_, depth) =>
    parts
      .slice(0, depth)
      .map((part) => `/${part}`)
      .join(''),
  );
}
