import { readFileSync, rmSync } from 'node:fs';
import { type KubeconfigOptions, writeKubeconfig } from './api/index.js';
import { SandboxError } from './errors.js';

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes the kubeconfig of the cluster's administrator. Returns what takes it away again: the cluster that it leads to
 * is gone then. A file that somebody has changed meanwhile stays.
 */
export function publishKubeconfig(path: string, options: KubeconfigOptions): () => void {
  try {
    writeKubeconfig(path, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SandboxError(
      'KUBECONFIG_UNWRITABLE',
      `kubeconfig "${path}" cannot be written (${code}): accepted is a file in a folder that exists and is yours`,
      { cause: error },
    );
  }
  const written = textOf(path);
  return () => {
    if (written !== undefined && textOf(path) === written) rmSync(path, { force: true });
  };
}
