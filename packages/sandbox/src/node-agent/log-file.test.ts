import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFile } from './log-file.js';
import { formatLine } from './log-query.js';

const NOW = Date.parse('2030-01-01T00:00:00Z');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-log-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (limitBytes?: number) => new LogFile(join(folder, 'a/0.log'), () => NOW, limitBytes);
const texts = (log: LogFile) => log.read().map(({ text }) => Buffer.from(text, 'latin1').toString());

it('keeps lines whole, however their bytes are cut, and streams apart', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).filter((line) => !/[\n\r]/.test(line)),
        { maxLength: 8 },
      ),
      fc.integer({ min: 1, max: 7 }),
      (lines, size) => {
        const log = open();
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        for (let at = 0; at < bytes.length; at += size) {
          log.write('stdout', bytes.subarray(at, at + size));
          log.write('stderr', Buffer.from('x'));
        }
        const found = texts(log);
        log.end();
        expect(found).toEqual(lines);
      },
    ),
    { numRuns: 50 },
  );
});

it('writes what is left without a line end when the container ends', () => {
  const log = open();
  log.write('stdout', Buffer.from('one\ntwo'));
  expect(texts(log)).toEqual(['one']);
  log.end();
  log.end();
  log.write('stdout', Buffer.from('late\n'));
  expect(log.read()).toEqual([
    { time: '2030-01-01T00:00:00.000Z', text: 'one', whole: true },
    { time: '2030-01-01T00:00:00.000Z', text: 'two', whole: false },
  ]);
});

it('cuts an endless line into pieces', () => {
  const log = open();
  log.write('stdout', Buffer.alloc(40_000, 'x'));
  log.write('stdout', Buffer.from('\n'));
  expect(log.read().map(({ text, whole }) => [text.length, whole])).toEqual([
    [16_384, false],
    [16_384, false],
    [7232, true],
  ]);
  log.end();
});

it('gives back every byte, also of binary output and of a character that a cut goes through', () => {
  const log = open();
  const output = Buffer.concat([
    Buffer.from([...Array(256).keys()]),
    Buffer.from(`\n${'é'.repeat(9000)}x${'€'.repeat(9000)}\n`),
  ]);
  log.write('stdout', output);
  log.end();
  const bytes = log.read().map((line) => Buffer.from(formatLine(line, false), 'latin1'));
  expect(Buffer.concat(bytes).equals(output)).toBe(true);
});

it('keeps the newest output within twice the limit of one file', () => {
  const log = open(1000);
  for (let line = 0; line < 200; line++) log.write('stdout', Buffer.from(`line ${line}\n`));
  const kept = texts(log);
  expect(kept.at(-1)).toBe('line 199');
  expect(kept.length).toBeGreaterThan(20);
  const sizes = readdirSync(join(folder, 'a')).map((name) => statSync(join(folder, 'a', name)).size);
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
  log.remove();
  expect(readdirSync(join(folder, 'a'))).toEqual([]);
});

it('reads on from a position, across the change of files, and skips what is no longer kept', () => {
  const lineOf = fc.string({ unit: fc.constantFrom('a', 'é'), maxLength: 30 });
  fc.assert(
    fc.property(fc.array(fc.record({ line: lineOf, read: fc.boolean() }), { maxLength: 60 }), (steps) => {
      const log = open(300);
      const seen: string[] = [];
      let position = 0;
      const readOn = (): void => {
        for (let piece = log.readFrom(position); piece.position > position; piece = log.readFrom(position)) {
          position = piece.position;
          seen.push(...piece.lines.map(({ text }) => text));
        }
      };
      const written = steps.map(({ line, read }, index) => {
        log.write('stdout', Buffer.from(`${index} ${line}\n`));
        if (read) readOn();
        return Buffer.from(`${index} ${line}`).toString('latin1');
      });
      readOn();
      expect(position).toBe(log.position);
      // In order, none twice, and everything that was still kept when it was read.
      expect(written.filter((line) => seen.includes(line))).toEqual(seen);
      expect(seen.slice(-log.read().length)).toEqual(log.read().map(({ text }) => text));
      if (steps.every(({ read }) => read)) expect(seen).toEqual(written);
      log.remove();
      expect(log.readFrom(0)).toEqual({ lines: [], position: 0 });
    }),
    { numRuns: 100 },
  );
});

it('tells its followers when there is more and when it is complete', () => {
  const log = open();
  const told: string[] = [];
  const close = log.follow(() => told.push('a'));
  log.follow(() => told.push('b'));
  log.write('stdout', Buffer.from('1\n'));
  close();
  log.write('stdout', Buffer.from('2\n'));
  expect(log.ended).toBe(false);
  log.end();
  expect(told).toEqual(['a', 'b', 'b', 'b']);
  expect(log.ended).toBe(true);
});
