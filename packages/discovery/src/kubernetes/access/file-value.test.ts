import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { createFileValue } from './file-value.js';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fairlead-'));
  path = join(dir, 'token');
});
afterEach(() => rmSync(dir, { recursive: true }));

test('reads the file again when it is no longer fresh', async () => {
  const clock = new VirtualClock();
  const file = createFileValue({ path, what: 'token file', clock, freshMs: 60_000 });
  writeFileSync(path, ' one\n');
  expect(file.read()).toBe('one');
  writeFileSync(path, 'two');
  await clock.advance(59_999);
  expect(file.read()).toBe('one');
  await clock.advance(1);
  expect(file.read()).toBe('two');
});

test('reads the file again after forget()', () => {
  const file = createFileValue({ path, what: 'token file', clock: new VirtualClock(), freshMs: 60_000 });
  writeFileSync(path, 'one');
  expect(file.read()).toBe('one');
  writeFileSync(path, 'two');
  file.forget();
  expect(file.read()).toBe('two');
});

test.each([
  ['gone', () => rmSync(path)],
  ['empty', () => writeFileSync(path, '')],
])('keeps the last content while the file is %s', (_, damage) => {
  const file = createFileValue({ path, what: 'token file', clock: new VirtualClock(), freshMs: 0 });
  writeFileSync(path, 'one');
  expect(file.read()).toBe('one');
  damage();
  expect(file.read()).toBe('one');
  writeFileSync(path, 'two');
  expect(file.read()).toBe('two');
});

test.each([
  ['is missing', () => {}, 'ENOENT'],
  ['is empty', () => writeFileSync(path, '\n'), 'the file is empty'],
])('says which file when it %s at first', (_, prepare, reason) => {
  prepare();
  const file = createFileValue({ path, what: 'token file', clock: new VirtualClock(), freshMs: 0 });
  expect(() => file.read()).toThrow(
    expect.objectContaining({
      code: 'ACCESS_INVALID',
      message: `token file ${path} cannot be read: ${reason}`,
    }),
  );
});
