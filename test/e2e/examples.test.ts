import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openShell } from '../examples/shell.js';
import { linesOf, matches, readExcerpts, readSteps, type Step } from '../examples/transcript.js';

// Every folder of examples/ has a README.md whose `console` fences are typed into a shell, in a copy of the folder.
// What comes out must be what the page says.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = join(ROOT, 'examples');
const NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Each command may take so long on a machine that is busy otherwise (ms). */
const STEP_MS = 120_000;
/** Output may come after the end of the command: of one in the background, when it is ready. */
const OUTPUT_MS = { background: 90_000, foreground: 5_000 };
const EXAMPLE_MS = 400_000;

/** The shell of somebody who has built this checkout, without what is theirs. */
function environment(home: string): Record<string, string | undefined> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const npm = { npm_config_update_notifier: 'false', npm_config_offline: 'true' };
  return { PATH, HOME: home, NO_COLOR: '1', LC_ALL: 'C.UTF-8', ...npm };
}

const has = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

/** A copy of the folder, with the packages of this checkout. */
function copyOf(name: string): string {
  const base = mkdtempSync(join(tmpdir(), 'fairlead-example-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, name);
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(base, 'node_modules'));
  return folder;
}

/** A command that fails is followed by `echo $?`, so that the page says so. */
const mayFail = (next: Step | undefined): boolean => next?.command === 'echo $?';

async function follow(folder: string, steps: readonly Step[]): Promise<void> {
  const shell = openShell({ cwd: folder, env: environment(dirname(folder)) });
  onTestFinished(() => shell.close());
  for (const [index, { command, expected, line, background }] of steps.entries()) {
    const where = `README.md:${line}: ${command}`;
    const code = await shell.run(command, STEP_MS).catch((error: Error) => {
      throw new Error(`${where}: ${error.message}`);
    });
    const said = (): string[] => linesOf(shell.output());
    const deadline = Date.now() + (background ? OUTPUT_MS.background : OUTPUT_MS.foreground);
    while (!matches(expected, said()) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Equal would be too much to ask: this shows both where they do not fit.
    if (!matches(expected, said())) expect(said().join('\n'), where).toBe(expected.join('\n'));
    if (!mayFail(steps[index + 1])) expect(code, `${where}: exit code`).toBe(0);
  }
}

const needsKubectl = (steps: readonly Step[]): boolean =>
  steps.some(({ command }) => /\bkubectl\b/.test(command));

it.for(NAMES)('examples/%s shows what its page says', { timeout: EXAMPLE_MS }, async (name, context) => {
  const page = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  const steps = readSteps(page);
  expect(steps.length, 'commands in a fence marked console').toBeGreaterThan(0);
  if (needsKubectl(steps) && !has('kubectl')) context.skip('there is no kubectl on this machine');
  for (const { file, code } of readExcerpts(page)) {
    expect(readFileSync(join(EXAMPLES, name, file), 'utf8'), `code of ${file}`).toContain(code);
  }
  await follow(copyOf(name), steps);
});
