import { expect, it } from 'vitest';
import { createCpuLimit } from './cpu-limit.js';

const SELF = '/proc/self/cgroup';
const FS = '/sys/fs/cgroup';
/** Controllers of a machine with cgroup v1, as /proc/self/cgroup lists them. */
const v1 = (path: string): string =>
  `12:pids:${path}\n5:memory:${path}\n4:cpu,cpuacct:${path}\n1:name=systemd:${path}\n0::/\n`;
const POD = '/kubepods.slice/kubepods-burstable.slice/kubepods-pod1.slice/cri-containerd-2.scope';

it.each<[string, Record<string, string>, number]>([
  ['no cgroup', {}, 8],
  ['v2, a container without a limit', { [SELF]: '0::/\n', [`${FS}/cpu.max`]: 'max 100000\n' }, 8],
  ['v2, a container with half a CPU', { [SELF]: '0::/\n', [`${FS}/cpu.max`]: '50000 100000\n' }, 0.5],
  ['v2, more than the machine has', { [SELF]: '0::/\n', [`${FS}/cpu.max`]: '1600000 100000\n' }, 8],
  [
    'v2, a namespace of the host: the pod has less than the container',
    {
      [SELF]: `0::${POD}\n`,
      [`${FS}${POD}/cpu.max`]: '400000 100000\n',
      [`${FS}/kubepods.slice/kubepods-burstable.slice/kubepods-pod1.slice/cpu.max`]: '150000 100000\n',
      [`${FS}/kubepods.slice/cpu.max`]: 'max 100000\n',
    },
    1.5,
  ],
  [
    'v2, a process outside of its namespace',
    { [SELF]: '0::/../other\n', [`${FS}/cpu.max`]: '100000 100000\n' },
    1,
  ],
  [
    'v1, a container',
    {
      [SELF]: v1('/'),
      [`${FS}/cpu/cpu.cfs_quota_us`]: '200000\n',
      [`${FS}/cpu/cpu.cfs_period_us`]: '100000\n',
    },
    2,
  ],
  [
    'v1, a container that sees the path of the host',
    {
      [SELF]: v1('/docker/0123'),
      [`${FS}/cpu/cpu.cfs_quota_us`]: '25000\n',
      [`${FS}/cpu/cpu.cfs_period_us`]: '100000\n',
    },
    0.25,
  ],
  [
    'v1, a service of systemd',
    {
      [SELF]: v1('/system.slice/shop.service'),
      [`${FS}/cpu/cpu.cfs_quota_us`]: '-1\n',
      [`${FS}/cpu/cpu.cfs_period_us`]: '100000\n',
      [`${FS}/cpu/system.slice/shop.service/cpu.cfs_quota_us`]: '300000\n',
      [`${FS}/cpu/system.slice/shop.service/cpu.cfs_period_us`]: '100000\n',
    },
    3,
  ],
  ['nonsense', { [SELF]: 'a\n:\n::::\n', [`${FS}/cpu.max`]: 'a b c' }, 8],
  ['an empty file', { [SELF]: '0::/\n', [`${FS}/cpu.max`]: '' }, 8],
  ['a period of 0', { [SELF]: '0::/\n', [`${FS}/cpu.max`]: '1000 0' }, 8],
])('%s', (_what, files, cpus) => {
  expect(createCpuLimit((path) => files[path], 8)()).toBe(cpus);
});

it('a limit that changes while the process runs is the one that counts', () => {
  const files: Record<string, string> = { [SELF]: '0::/\n', [`${FS}/cpu.max`]: '50000 100000\n' };
  const limit = createCpuLimit((path) => files[path], 8);
  expect(limit()).toBe(0.5);
  files[`${FS}/cpu.max`] = '200000 100000\n';
  expect(limit()).toBe(2);
});
