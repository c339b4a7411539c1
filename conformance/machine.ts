import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What this machine is and how busy it was, for the pages. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? process.arch;
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[1]?.toFixed(1);
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, Linux ${release()}, load average ${load} (this run and whatever else ran)`;
}
