import { writeFileSync } from 'node:fs';
import { lastWords } from '../../npm/command.js';
import { NotInstallable } from '../../npm/install.js';
import { judgeCalls } from '../calls.js';
import type { SetUp } from '../set-up.js';

/** pnpm's own layout: links, and a copy of a package for each set of peers. */
export const LAYOUT_SET_UPS: readonly SetUp[] = [
  {
    name: 'pnpm',
    async judge(bench) {
      const tool = await bench.install({ apps: [], packages: { pnpm: '^10' } });
      const project = await bench.install({
        apps: ['runtimes'],
        packages: {},
        flags: ['--package-lock-only'],
      });
      // None of ours is in a registry: what they name among themselves is the tarballs, too.
      const overrides = Object.entries(bench.tarballs).map(
        ([name, path]) => `  '@fairlead/${name}': file:${path}`,
      );
      writeFileSync(project.path('pnpm-workspace.yaml'), `overrides:\n${overrides.join('\n')}\n`);
      const pnpm = tool.path('node_modules', 'pnpm', 'bin', 'pnpm.cjs');
      const installed = await project.run([pnpm, 'install', '--prefer-offline', '--ignore-scripts'], {
        timeoutMs: 240_000,
      });
      if (installed.code !== 0) throw new NotInstallable(lastWords(installed));
      await judgeCalls(bench, { program: 'installed by pnpm, import', project, args: ['import.mjs'] });
      await judgeCalls(bench, { program: 'installed by pnpm, require()', project, args: ['require.cjs'] });
    },
  },
];
