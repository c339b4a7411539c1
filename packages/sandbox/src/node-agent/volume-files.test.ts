import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeVolumeFiles } from './volume-files.js';

const NOW = Date.parse('2030-01-02T03:04:05.678Z');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-volume-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Record<string, string>, mode = 0o644, nowMs = NOW): boolean =>
  writeVolumeFiles(
    folder,
    new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), mode }])),
    nowMs,
  );

/** What a program sees: the files behind the visible names. */
function seen(at = folder): Record<string, string> {
  const names = readdirSync(at).filter((name) => !name.startsWith('..'));
  return Object.fromEntries(
    names.flatMap((name) => {
      const path = join(at, name);
      if (!statSync(path).isDirectory()) return [[name, readFileSync(path, 'utf8')]];
      return Object.entries(seen(path)).map(([inner, text]) => [`${name}/${inner}`, text]);
    }),
  );
}

it('lays files out as programs on Kubernetes know it', () => {
  expect(write({ a: '1', 'b/c/d': '2' }, 0o640)).toBe(true);
  const data = readlinkSync(join(folder, '..data'));
  expect(data).toMatch(/^\.\.2030_01_02_03_04_05\.\d+$/);
  expect([readlinkSync(join(folder, 'a')), readlinkSync(join(folder, 'b'))]).toEqual([
    '..data/a',
    '..data/b',
  ]);
  expect(seen()).toEqual({ a: '1', 'b/c/d': '2' });
  expect(statSync(join(folder, 'b/c/d')).mode & 0o777).toBe(0o640);
  expect(statSync(join(folder, 'b/c')).mode & 0o777).toBe(0o755);
});

it('touches nothing when nothing has changed, and counts a mode as a change', () => {
  write({ a: '1' });
  const before = readlinkSync(join(folder, '..data'));
  expect(write({ a: '1' }, 0o644, NOW + 1000)).toBe(false);
  expect(readlinkSync(join(folder, '..data'))).toBe(before);
  expect(write({ a: '1' }, 0o600)).toBe(true);
  expect(write({})).toBe(true);
  expect(seen()).toEqual({});
});

it('leaves what is not its own, and mends what an attempt that was killed has left', () => {
  mkdirSync(join(folder, 'nested'));
  writeFileSync(join(folder, 'nested', 'x'), 'x');
  symlinkSync('nowhere', join(folder, '..data_tmp'));
  write({ a: '1' });
  write({ b: '2' });
  expect(seen()).toEqual({ b: '2', 'nested/x': 'x' });
});

it('shows exactly the files of the last write, whatever was there before', () => {
  const files = fc.dictionary(
    fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f/g/h', '.i'),
    fc.constantFrom('', '1', '2'),
    {
      noNullPrototype: true,
    },
  );
  fc.assert(
    fc.property(fc.array(files, { maxLength: 6 }), (versions) => {
      for (const version of versions) {
        write(version);
        expect(seen()).toEqual(version);
        // The links, one folder of data and its link.
        const names = new Set(Object.keys(version).map((path) => path.split('/')[0]));
        expect(readdirSync(folder)).toHaveLength(names.size + 2);
      }
    }),
    { numRuns: 60 },
  );
});
