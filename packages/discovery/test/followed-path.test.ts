import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { FollowedPath, type PathReader } from '../src/file/followed-path.js';

let path: string;
let followed: FollowedPath<string> | undefined;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'fairlead-path-')), 'file');
});
afterEach(async () => {
  followed?.close();
  await rm(dirname(path), { recursive: true });
});

/** Follows a path whose versions a test moves on. */
function follow(read: (version: number, move: () => void) => string) {
  let version = 0;
  const count = { looks: 0 };
  const move = (): void => {
    version += 1;
  };
  const reader: PathReader<string> = {
    look: async () => {
      count.looks += 1;
      return { folder: dirname(path), signature: String(version) };
    },
    read: async () => read(version, move),
  };
  const values: string[] = [];
  const troubles: unknown[] = [];
  const onRead = (value: string): void => void values.push(value);
  const onTrouble = (error: unknown): void => void troubles.push(error);
  followed = new FollowedPath({ path, reader, clock: systemClock, onRead, onTrouble });
  followed.start();
  return { values, troubles, move, count };
}

it('reads again what was taken away for its successor while it was read', async () => {
  const { values, troubles } = follow((version, move) => {
    if (version > 0) return `version ${version}`;
    move();
    throw new Error('gone');
  });
  await expect.poll(() => values).toEqual(['version 1']);
  expect(troubles).toEqual([]);
});

it('says what cannot be read at every look, and reads nothing twice', async () => {
  const broken = new Error('broken');
  let isBroken = true;
  let reads = 0;
  const { values, troubles, move, count } = follow(() => {
    reads += 1;
    if (isBroken) throw broken;
    return 'whole';
  });
  await expect.poll(() => troubles.length).toBeGreaterThan(0);
  expect(new Set(troubles)).toEqual(new Set([broken]));
  isBroken = false;
  move();
  await writeFile(path, '');
  await expect.poll(() => values).toEqual(['whole']);
  const before = { reads, looks: count.looks };
  await writeFile(path, 'touched');
  await expect.poll(() => count.looks).toBeGreaterThan(before.looks);
  await setImmediate();
  expect(reads).toBe(before.reads);
  expect(values).toEqual(['whole']);
});

it('says nothing any more once it is closed', async () => {
  let closed = false;
  const { values, troubles } = follow(() => {
    followed?.close();
    closed = true;
    return 'late';
  });
  await expect.poll(() => closed).toBe(true);
  await setImmediate();
  expect([values, troubles]).toEqual([[], []]);
});
