import { SandboxError } from './errors.js';
import { type Detected, detectIsolation, type Isolation } from './node-agent/index.js';
import type { IsolateMode } from './sandbox.js';

/** How the pods of a sandbox are isolated; `problem`: why they are not although they may be. */
export interface ChosenIsolation {
  readonly isolation?: Isolation;
  readonly problem?: string;
}

/** Finds out what a mode means on this machine. Rejects when it must be `on` and cannot, and for a word that is no mode. */
export async function chooseIsolation(
  mode: IsolateMode,
  detect: () => Promise<Detected> = detectIsolation,
): Promise<ChosenIsolation> {
  if (mode === 'off') return {};
  if (mode !== 'on' && mode !== 'auto')
    throw new SandboxError(
      'OPTION_INVALID',
      `isolate "${String(mode)}": accepted are "auto", "on" and "off"`,
    );
  const found = await detect();
  if ('isolation' in found || mode === 'auto') return found;
  throw new SandboxError(
    'ISOLATION_UNAVAILABLE',
    `isolate "on": pods cannot have mounts at their own paths on this machine: ${found.problem}; accepted here are "auto" and "off"`,
  );
}
