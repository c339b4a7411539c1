import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotInstallable } from '../npm/install.js';
import type { Part, PartContext } from '../part.js';
import { createProject, packOwn, type Workshop } from './project.js';
import type { Bench, SetUp } from './set-up.js';
import { SET_UPS } from './set-ups.js';
import { startWorld } from './world.js';

const chosen = (): readonly SetUp[] => {
  const only = process.env.FAIRLEAD_CONFORMANCE_ONLY;
  if (!only) return SET_UPS;
  const found = SET_UPS.filter(({ name }) => name.includes(only));
  const names = SET_UPS.map(({ name }) => name).join(', ');
  if (found.length === 0)
    throw new Error(`FAIRLEAD_CONFORMANCE_ONLY "${only}": accepted is a piece of ${names}`);
  return found;
};

async function judge({ name, judge: judgeIt }: SetUp, bench: Bench): Promise<void> {
  bench.log(`${name}:`);
  try {
    await judgeIt(bench);
  } catch (error) {
    bench.signal.throwIfAborted();
    const text = error instanceof Error ? error.message : String(error);
    const got = error instanceof NotInstallable ? `not run: ${text}` : `broke off: ${text}`;
    bench.report({ case: `${name}: runs to its end`, expected: 'yes', got });
  }
}

async function run(context: PartContext): Promise<void> {
  const { signal } = context;
  const setUps = chosen();
  const base = mkdtempSync(join(tmpdir(), 'fairlead-ecosystem-'));
  const world = await startWorld(signal);
  try {
    const tarballs = await packOwn(join(base, 'tarballs'), signal);
    for (const setUp of setUps) {
      const folder = mkdtempSync(join(base, `${setUp.name}-`));
      const workshop: Workshop = { folder, tarballs, kubeconfig: world.kubeconfig, signal };
      const bench: Bench = { ...context, world, tarballs, install: (plan) => createProject(workshop, plan) };
      await judge(setUp, bench);
      rmSync(folder, { recursive: true, force: true });
      await world.scale(3);
    }
  } finally {
    await world.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** What people use with gRPC on Node.js, each with our packages as they would be published. */
export const ecosystem: Part = {
  name: 'ecosystem',
  about:
    'libraries, frameworks, runtimes, bundlers, test runners and compilers, with our packages from their tarballs',
  missing: async () =>
    process.platform === 'linux' ? [] : ['Linux: the sandbox needs its loopback addresses'],
  run,
};
