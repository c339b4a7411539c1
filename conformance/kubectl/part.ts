import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram } from '../go/program.js';
import { KUBE_FOLDER, kubeLinkerFlags } from '../kubernetes/program.js';
import { runInNamespace } from '../namespace/lines.js';
import { missingNamespace } from '../namespace/namespace.js';
import type { Part } from '../part.js';
import { findKubectls, OLDEST_SUPPORTED } from './binaries.js';

async function missing(): Promise<string[]> {
  const kubectls = await findKubectls();
  const none = `kubectl 1.${OLDEST_SUPPORTED} or newer: https://kubernetes.io/docs/tasks/tools/`;
  return [
    ...(await missingNamespace()),
    ...(await missingForProgram(KUBE_FOLDER, kubeLinkerFlags())),
    ...(kubectls.length === 0 ? [none] : []),
  ];
}

/** kubectl on the sandbox and on a real Kubernetes: the same commands, the same words. */
export const kubectl: Part = {
  name: 'kubectl',
  about:
    'the oldest supported and the newest kubectl here say the same of the sandbox as of a real API server',
  missing,
  async run(context) {
    const binary = await buildProgram(KUBE_FOLDER, context.signal, kubeLinkerFlags());
    const kubectls = await findKubectls();
    const [only] = kubectls;
    if (only && kubectls.length === 1) context.log(`only one kubectl is here: 1.${only.minor}`);
    const inside = fileURLToPath(new URL('./inside.js', import.meta.url));
    await runInNamespace([inside, binary, JSON.stringify(kubectls)], context);
  },
};
