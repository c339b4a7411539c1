import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PartContext } from '../part.js';

const CLI = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));
const TIMEOUT_MS = 180_000;

/** The JSON of `fairlead demo`, cut to what is read. */
interface DemoReport {
  readonly claims: readonly {
    readonly id: string;
    readonly holds: boolean;
    readonly figures: Readonly<Record<string, unknown>>;
  }[];
  readonly omitted?: readonly { readonly id: string; readonly why: string }[];
}

function tell(kubeconfig: string, signal: AbortSignal): Promise<DemoReport> {
  const args = [CLI, 'demo', '--kubeconfig', kubeconfig, '-o', 'json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { signal, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as DemoReport);
      } catch {
        reject(new Error(`fairlead demo printed no report: ${stderr.trim() || error?.message}`));
      }
    });
  });
}

/** `fairlead demo --kubeconfig` on this cluster; each claim is a case. */
export async function judgeDemo(kubeconfig: string, { report, signal }: PartContext): Promise<void> {
  const { claims, omitted = [] } = await tell(kubeconfig, signal);
  for (const { id, holds, figures } of claims) {
    const got = holds ? 'holds' : `does not hold: ${JSON.stringify(figures)}`;
    report({ case: `demo: ${id}`, expected: 'holds', got });
  }
  for (const { id, why } of omitted) {
    report({ case: `demo: ${id}`, expected: 'holds', got: `not shown: ${why}` });
  }
}
