import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildProgram } from '../../go/program.js';
import { buildMaven, cause, installPython } from '../install.js';
import type { Scenario, Stage } from '../scene.js';
import { startControlPlane } from '../server.js';
import { ECHO } from './pods.js';

const run = promisify(execFile);

const FOLDER = fileURLToPath(new URL('../../../../examples/xds/', import.meta.url));
const CLI = fileURLToPath(new URL('../../../../packages/cli/dist/main.js', import.meta.url));
const CALLS = 20;
/** A JVM on a busy machine takes its time (ms). */
const PATIENCE_MS = 90_000;

const EXAMPLE: Scenario = {
  id: 'example',
  title: 'the example of the language',
  about: `\`examples/xds\` with the file that \`fairlead xds bootstrap\` prints: ${CALLS} health checks are answered, and the program ends.`,
};

/** How an example is started, by the name of its client. */
const COMMANDS: Readonly<Record<string, (signal: AbortSignal) => Promise<readonly string[]>>> = {
  node: () => Promise.resolve([process.execPath, join(FOLDER, 'node', 'client.mjs')]),
  go: async (signal) => [await buildProgram(join(FOLDER, 'go'), signal)],
  python: async (signal) => [
    join(await installPython(join(FOLDER, 'python', 'requirements.txt'), signal), 'python'),
    join(FOLDER, 'python', 'client.py'),
  ],
  java: async (signal) => [...['java', '-cp', await buildMaven(join(FOLDER, 'java'), signal)], 'Client'],
};

/** What `fairlead xds bootstrap` prints for this control plane, as a file. */
async function writeBootstrap(folder: string, port: number): Promise<string> {
  const { stdout } = await run(process.execPath, [CLI, 'xds', 'bootstrap', '--server', `127.0.0.1:${port}`]);
  const path = join(folder, 'bootstrap.json');
  writeFileSync(path, stdout);
  return path;
}

/** What an example printed, or how it failed. */
async function outcome(command: readonly string[], bootstrap: string, signal: AbortSignal): Promise<string> {
  const [file = '', ...args] = command;
  const env = { ...process.env, GRPC_XDS_BOOTSTRAP: bootstrap };
  const { stdout } = await run(file, [...args, `xds:///${ECHO}`], { env, signal, timeout: PATIENCE_MS });
  const served = stdout.split('\n').filter((line) => line.startsWith('SERVING')).length;
  return `${served} of ${CALLS} answered`;
}

/** Runs the examples as they stand, one after the other. */
export async function exampleScenarios(stage: Stage): Promise<void> {
  const { context, clients, cluster, folder } = stage;
  const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
  try {
    const bootstrap = await writeBootstrap(folder, controlPlane.port);
    for (const { name } of clients) {
      const command = COMMANDS[name];
      if (command === undefined) continue;
      const got = await command(context.signal)
        .then((argv) => outcome(argv, bootstrap, context.signal))
        .catch((error: unknown) => cause(error));
      const expected = `${CALLS} of ${CALLS} answered`;
      stage.found(EXAMPLE, name, { holds: got === expected, expected, got });
    }
  } finally {
    await controlPlane.close();
  }
}
