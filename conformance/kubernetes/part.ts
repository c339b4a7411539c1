import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runInNamespace } from '../namespace/lines.js';
import { namespaceCommand } from '../namespace/namespace.js';
import type { Part } from '../part.js';
import { buildBinary, isBuilt, kubeProgram, kubernetesVersion } from './binary.js';

const run = promisify(execFile);

/** What `go version` says, for example `1.26`; undefined without Go. */
async function goVersion(): Promise<{ major: number; minor: number } | undefined> {
  const { stdout } = await run('go', ['version']).catch(() => ({ stdout: '' }));
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  return major && minor ? { major: Number(major), minor: Number(minor) } : undefined;
}

/** Kubernetes 1.36 does not compile with an older one. */
const GO_MINOR = 26;

async function missing(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux: network namespaces and a Kubernetes control plane'];
  const lines: string[] = [];
  if (!(await namespaceCommand()))
    lines.push(
      'a network namespace: `unshare --map-root-user --net ip link set lo up` must work (util-linux, iproute2, ' +
        'sysctl kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0), or `sudo -n`',
    );
  if (isBuilt(kubeProgram())) return lines;
  const go = await goVersion();
  if (!go || go.major < 1 || (go.major === 1 && go.minor < GO_MINOR))
    lines.push(`Go 1.${GO_MINOR} or newer on the PATH, to build Kubernetes: https://go.dev/dl`);
  return lines;
}

/** Real Kubernetes: the tests of this repository on a cluster that others wrote. */
export const kubernetes: Part = {
  name: 'kubernetes',
  about: `etcd, API server, controllers and scheduler of Kubernetes ${kubernetesVersion()} judge client and node agent`,
  missing,
  async run(context) {
    const program = kubeProgram();
    if (!isBuilt(program)) context.log('building Kubernetes: about 8 minutes on 2 cores, once');
    const binary = await buildBinary(program, context.signal);
    await runInNamespace([fileURLToPath(new URL('./inside.js', import.meta.url)), binary], context);
  },
};
