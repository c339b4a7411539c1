import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import type { Texts } from '../src/file/parse-texts.js';
import { textsReader } from '../src/file/texts-reader.js';
import { watchTexts } from '../src/file/watch-texts.js';
import type { Watch } from '../src/source.js';
import { MountedVolume } from './doubles/mounted-volume.js';

let folder: string;
let watch: Watch | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-texts-'));
});
afterEach(async () => {
  watch?.close();
  watch = undefined;
  await rm(folder, { recursive: true });
});

function follow(path: string) {
  const seen: Texts[] = [];
  const troubles: string[] = [];
  const observer = {
    onTexts: (texts: Texts) => void seen.push(texts),
    onTrouble: (why: string) => void troubles.push(why),
  };
  watch = watchTexts(path, observer, { clock: systemClock });
  return { seen, troubles, last: () => seen.at(-1) };
}

/** Longer than it takes until a path is looked at without a word of the kernel. */
const SLOWLY = { timeout: 15_000 };

it('follows a mounted ConfigMap: keys that change, come and go', async () => {
  const volume = new MountedVolume(join(folder, 'clients'));
  await volume.put({ a: 'one' });
  const { last, troubles } = follow(volume.path);
  await expect.poll(last, SLOWLY).toEqual({ a: 'one' });
  await volume.put({ a: 'two', b: 'new' });
  await expect.poll(last, SLOWLY).toEqual({ a: 'two', b: 'new' });
  await volume.put({ b: 'new' });
  await expect.poll(last, SLOWLY).toEqual({ b: 'new' });
  await volume.put({});
  await expect.poll(last, SLOWLY).toEqual({});
  expect(troubles).toEqual([]);
});

it('reads all texts of one version, however fast the versions follow one another', async () => {
  const volume = new MountedVolume(join(folder, 'clients'));
  const version = (at: number) =>
    Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`key-${key}`, String(at)]));
  await volume.put(version(0));
  const { seen, last, troubles } = follow(volume.path);
  const read: Texts[] = [];
  let going = true;
  const reading = (async () => {
    while (going) read.push(await textsReader.read(volume.path));
  })();
  for (let at = 1; at <= 50; at++) await volume.put(version(at));
  going = false;
  await reading;
  await expect.poll(last, SLOWLY).toEqual(version(50));
  for (const texts of [...seen, ...read]) expect(texts).toEqual(version(Number(texts['key-0'])));
  expect(troubles).toEqual([]);
});

it('waits for a folder, keeps quiet while it is away, and follows the one that takes its place', async () => {
  const path = join(folder, 'later', 'clients');
  const { seen, last, troubles } = follow(path);
  await expect.poll(() => troubles[0], SLOWLY).toMatch(/^ENOENT/);
  const volume = new MountedVolume(path);
  await volume.put({ a: 'one' });
  await expect.poll(last, SLOWLY).toEqual({ a: 'one' });
  const count = seen.length;
  troubles.length = 0;
  await rm(path, { recursive: true });
  await expect.poll(() => troubles[0], SLOWLY).toMatch(/^ENOENT/);
  expect(seen).toHaveLength(count);
  await new MountedVolume(path).put({ a: 'two' });
  await expect.poll(last, SLOWLY).toEqual({ a: 'two' });
});

it('reads the files of a folder that is no volume, and nothing else in it', async () => {
  await writeFile(join(folder, 'a'), 'one');
  await writeFile(join(folder, '..note'), 'no key');
  await mkdir(join(folder, 'sub'));
  await symlink('nowhere', join(folder, 'broken'));
  const { last } = follow(folder);
  await expect.poll(last, SLOWLY).toEqual({ a: 'one' });
  await writeFile(join(folder, 'a'), 'other');
  await expect.poll(last, SLOWLY).toEqual({ a: 'other' });
  await rename(join(folder, 'a'), join(folder, 'b'));
  await expect.poll(last, SLOWLY).toEqual({ b: 'other' });
});

it('reads a file of YAML, also one of a volume, and says what it cannot read', async () => {
  const volume = new MountedVolume(join(folder, 'conf'));
  await volume.put({ 'clients.yaml': 'a: one' });
  const { last, troubles } = follow(join(volume.path, 'clients.yaml'));
  await expect.poll(last, SLOWLY).toEqual({ a: 'one' });
  await volume.put({ 'clients.yaml': 'a: two\nb: {policy: roundRobin}' });
  await expect.poll(last, SLOWLY).toEqual({ a: 'two', b: '{"policy":"roundRobin"}' });
  await volume.put({ 'clients.yaml': '- a' });
  await expect
    .poll(() => troubles.at(-1), SLOWLY)
    .toBe('got ["a"], accepted: an object with a value for each key');
  await volume.put({ 'clients.yaml': 'a: three' });
  await expect.poll(last, SLOWLY).toEqual({ a: 'three' });
});

it('refuses a file that is too long, by its name', async () => {
  await writeFile(join(folder, 'a'), 'x'.repeat(5 * 1024 * 1024));
  const { troubles } = follow(folder);
  await expect.poll(() => troubles[0], SLOWLY).toBe('a: it has 5242880 bytes, accepted are at most 4194304');
});
