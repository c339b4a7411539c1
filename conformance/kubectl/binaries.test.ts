import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findKubectls } from './binaries.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fairlead-binaries-'));
  for (const folder of ['bin', 'lib']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program that says it is kubectl 1.`minor`. */
function program(path: string, minor: string): string {
  const file = join(root, path);
  writeFileSync(file, `#!/bin/sh\necho '{"clientVersion": {"minor": "${minor}"}}'\n`, { mode: 0o755 });
  return file;
}

const find = (): Promise<unknown> =>
  findKubectls([join(root, 'bin'), join(root, 'none'), ''].join(delimiter));

it('finds the oldest supported and the newest, also where a link leads', async () => {
  const newest = program('lib/kubectl', '33+');
  symlinkSync(newest, join(root, 'bin/kubectl'));
  program('lib/kubectl.1.27', '27');
  const oldest = program('lib/kubectl-v1.29.3', '29');
  program('lib/kubectl.1.30', '30');
  program('bin/kubectl-plugin', '50');
  program('none', '50');
  expect(await find()).toEqual([
    { path: oldest, minor: 29 },
    { path: join(root, 'bin/kubectl'), minor: 33 },
  ]);
});

it('finds one alone, and none where there is none that works', async () => {
  writeFileSync(join(root, 'bin/kubectl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  symlinkSync(join(root, 'gone'), join(root, 'bin/kubectl.1.31'));
  expect(await find()).toEqual([]);
  const only = program('bin/kubectl.1.30', '30');
  expect(await find()).toEqual([{ path: only, minor: 30 }]);
});
