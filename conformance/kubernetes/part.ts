import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram, programPath } from '../go/program.js';
import { runInNamespace } from '../namespace/lines.js';
import { missingNamespace } from '../namespace/namespace.js';
import type { Part, PartContext } from '../part.js';
import { COREDNS_FOLDER, KUBE_FOLDER, kubeLinkerFlags, kubernetesVersion } from './program.js';

async function missing(): Promise<string[]> {
  const lines = [
    await missingNamespace(),
    await missingForProgram(KUBE_FOLDER, kubeLinkerFlags()),
    await missingForProgram(COREDNS_FOLDER),
  ];
  return [...new Set(lines.flat())];
}

async function build(context: PartContext): Promise<string[]> {
  const { signal } = context;
  const kube = programPath(KUBE_FOLDER, kubeLinkerFlags());
  if (!existsSync(kube)) context.log('building Kubernetes: about 8 minutes on 2 cores, once');
  return [
    await buildProgram(KUBE_FOLDER, signal, kubeLinkerFlags()),
    await buildProgram(COREDNS_FOLDER, signal),
  ];
}

/** Real Kubernetes: the tests of this repository on a cluster that others wrote. */
export const kubernetes: Part = {
  name: 'kubernetes',
  about: `etcd, API server, controllers and scheduler of Kubernetes ${kubernetesVersion()} judge client and node agent`,
  missing,
  async run(context) {
    const binaries = await build(context);
    await runInNamespace([fileURLToPath(new URL('./inside.js', import.meta.url)), ...binaries], context);
  },
};
