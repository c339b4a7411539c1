import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OLD_ROOT, planMounts } from './mount-plan.js';
import { mountTable } from './mount-table.js';

let machine: string;
let volume: string;
let file: string;
let skeletons: string;

beforeEach(() => {
  machine = realpathSync(mkdtempSync(join(tmpdir(), 'fairlead-plan-test-')));
  volume = join(machine, 'volume');
  file = join(machine, 'file');
  skeletons = join(machine, 'skeletons');
  mkdirSync(volume);
  mkdirSync(join(machine, 'etc', 'there'), { recursive: true });
  writeFileSync(join(machine, 'etc', 'hosts'), 'hosts');
  symlinkSync('hosts', join(machine, 'etc', 'link'));
  symlinkSync('etc', join(machine, 'alias'));
  writeFileSync(file, 'content');
});
afterEach(() => rmSync(machine, { recursive: true, force: true }));

const plan = (...mounts: [path: string, source: string][]) =>
  planMounts(
    mounts.map(([path, source]) => ({ path, source, readOnly: false })),
    skeletons,
  );

it('mounts over what exists, without links on the way', () => {
  expect(plan([join(machine, 'alias', 'there'), volume], [join(machine, 'etc', 'hosts'), file])).toEqual({
    folders: [],
    mounts: [
      { source: volume, target: join(machine, 'etc/there'), readOnly: false },
      { source: file, target: join(machine, 'etc/hosts'), readOnly: false },
    ],
  });
});

it('shows a folder with the same contents where a path does not exist, one for all of its new names', () => {
  const etc = join(machine, 'etc');
  const found = plan([join(etc, 'app', 'conf'), volume], [join(etc, 'app', 'one.conf'), file]);
  const skeleton = join(skeletons, '0');
  expect(found.root).toBe(undefined);
  expect(found.folders).toEqual([
    { source: join(etc, 'hosts'), target: join(skeleton, 'hosts') },
    { source: join(etc, 'there'), target: join(skeleton, 'there') },
    { source: skeleton, target: etc },
  ]);
  expect(found.mounts.map(({ target }) => target).sort()).toEqual([
    join(etc, 'app/conf'),
    join(etc, 'app/one.conf'),
  ]);
  expect(readdirSync(skeleton).sort()).toEqual(['app', 'hosts', 'link', 'there']);
  expect(lstatSync(join(skeleton, 'link')).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(skeleton, 'app/one.conf')).isFile()).toBe(true);
  expect(existsSync(join(etc, 'app'))).toBe(false);
});

it('makes a place for a mount inside another one', () => {
  const inner = join(machine, 'inner');
  mkdirSync(inner);
  const there = join(machine, 'etc', 'there');
  const found = plan([there, volume], [join(there, 'a', 'b'), inner]);
  expect(found.mounts.map(({ target }) => target)).toEqual([join(volume, 'a/b'), there]);
  expect(lstatSync(join(volume, 'a/b')).isDirectory()).toBe(true);
  expect(found.folders).toEqual([]);
});

it('sees through links that a mount is inside another one', () => {
  const found = plan([join(machine, 'etc'), volume], [join(machine, 'alias', 'there', 'x'), volume]);
  expect(found.mounts.map(({ target }) => target)).toEqual([join(volume, 'there/x'), join(machine, 'etc')]);
  expect(found.folders).toEqual([]);
});

it('mounts last what hides the volumes themselves, with what is mounted inside it', () => {
  const inner = join(machine, 'inner');
  mkdirSync(inner);
  const found = plan([machine, volume], [join(machine, 'conf'), inner], ['/etc/hosts', file]);
  expect(found.mounts.map(({ source, target }) => [source, target])).toEqual([
    [inner, join(volume, 'conf')],
    [file, '/etc/hosts'],
    [volume, machine],
  ]);
});

it('has a root of its own for what is right under it', () => {
  const path = `/fairlead-plan-${process.pid}`;
  const found = plan([path, volume], [join(machine, 'etc', 'new'), volume]);
  const root = join(skeletons, '0');
  expect(found.root).toBe(root);
  expect(found.folders[0]).toEqual({ source: root, target: root });
  expect(found.folders).toContainEqual({ source: '/usr', target: join(root, 'usr') });
  expect(found.folders.at(-1)).toEqual({ source: join(skeletons, '1'), target: join(root, machine, 'etc') });
  expect(found.mounts.map(({ target }) => target).sort()).toEqual(
    [join(root, path), join(root, machine, 'etc/new')].sort(),
  );
  expect(existsSync(join(root, OLD_ROOT))).toBe(true);
});

it('refuses what cannot be', () => {
  expect(() => plan(['/', volume])).toThrow('mountPath "/": accepted is any path below it');
  expect(() => plan([join(machine, 'file'), volume])).toThrow('there is a file on this machine');
  expect(() => plan([join(machine, 'etc'), file])).toThrow('there is a folder on this machine');
  expect(() => plan([join(machine, 'file', 'x'), volume])).toThrow(`"${file}" is no folder`);
});

it('writes names that part fields of a table by their numbers', () => {
  expect(mountTable([{ source: '/a b\\c', target: '/#d\n', readOnly: true }])).toBe(
    '/a\\040b\\134c /\\043d\\012 none rbind,ro 0 0\n',
  );
});
