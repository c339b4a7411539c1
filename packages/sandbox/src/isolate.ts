import { SandboxError } from './errors.js';
import { detectIsolation, type Isolation } from './node-agent/index.js';
import type { IsolateMode } from './sandbox.js';

/** How the pods of a sandbox are isolated; `problem`: why they are not although they may be. */
export interface ChosenIsolation {
  readonly isolation?: Isolation;
  readonly problem?: string;
}

/** Finds out what a mode means on this machine. Rejects when it must be `on` and cannot. */
export async function chooseIsolation(mode: IsolateMode): Promise<ChosenIsolation> {
  if (mode === 'off') return {};
  const found = await detectIsolation();
  if ('isolation' in found || mode === 'auto') return found;
  throw new SandboxError(
    'ISOLATION_UNAVAILABLE',
    `isolate "on": pods cannot have mounts at their own paths on this machine: ${found.problem}; accepted here are "auto" and "off"`,
  );
}
