import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BAD_FILES } from './script/bad-files.js';
import { FILES } from './script/files.js';
import { POD_LIFE_FILES } from './script/pod-life-files.js';
import type { Step } from './script/step.js';
import { WORKLOAD_FILES } from './script/workload-files.js';
import { wordsOf } from './words.js';

/** What a command said. */
export interface Said {
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A kubectl with a cluster and a folder of its own. */
export interface Terminal {
  run(step: Step): Promise<Said>;
}

/** A command that takes longer than this is broken off (ms). */
const TIMEOUT_MS = 120_000;
/** Output beyond this is cut: no command of the script comes near (characters). */
const MAX_OUTPUT = 1_000_000;

/** Makes a folder with the script's files, a copy of the kubeconfig and a cache, and runs kubectl in it. */
export function openTerminal(kubectl: string, kubeconfig: string, folder: string): Terminal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, 'config');
  cpSync(kubeconfig, config);
  for (const [name, text] of Object.entries({ ...FILES, ...BAD_FILES, ...POD_LIFE_FILES, ...WORKLOAD_FILES }))
    writeFileSync(join(folder, name), text);
  // Neither the user's configuration nor colours nor a pager of theirs.
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: config, TERM: 'dumb', TZ: 'UTC' };
  return {
    run({ command, input = '', untilQuietMs }) {
      const child = spawn(kubectl, wordsOf(command), { cwd: folder, env, stdio: 'pipe' });
      const out = { stdout: '', stderr: '' };
      let quiet: NodeJS.Timeout | undefined;
      const wait = (): void => {
        clearTimeout(quiet);
        if (untilQuietMs !== undefined) quiet = setTimeout(() => child.kill('SIGINT'), untilQuietMs);
      };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          out[name] = (out[name] + text).slice(0, MAX_OUTPUT);
          wait();
        });
      }
      wait();
      const limit = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => {
          clearTimeout(limit);
          clearTimeout(quiet);
          // A watch that is ended has done what it should.
          const exit = untilQuietMs === undefined ? (code ?? signal ?? 'none') : 'ended';
          resolve({ exit, ...out });
        });
      });
    },
  };
}
