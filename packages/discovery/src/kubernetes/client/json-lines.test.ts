import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLines } from './json-lines.js';

async function* of(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function decode(chunks: readonly (string | Buffer)[], limit = 1000): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(of(chunks.map((chunk) => Buffer.from(chunk))), limit))
    values.push(value);
  return values;
}

/** Cuts bytes at the given places, in the middle of characters, too. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

describe('a stream of JSON lines', () => {
  const table: [string, (string | Buffer)[], unknown[]][] = [
    ['one line', ['{"a":1}\n'], [{ a: 1 }]],
    ['two lines in one chunk', ['1\n2\n'], [1, 2]],
    ['a line in three chunks', ['{"a"', ':', '1}\n'], [{ a: 1 }]],
    ['blank lines', ['\n\r\n 1\n\n'], [1]],
    ['a last line without a newline', ['1\n{"a":2}'], [1, { a: 2 }]],
    ['nothing', [], []],
    ['a newline that is escaped', ['"a\\nb"\n'], ['a\nb']],
  ];
  test.each(table)('%s', async (_, chunks, values) => expect(await decode(chunks)).toEqual(values));

  test('gives the same values wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme' })), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (values, places) => {
          const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
          const plain = JSON.parse(JSON.stringify(values)) as unknown[];
          expect(await decode(cut(bytes, places), bytes.length + 1)).toEqual(plain);
        },
      ),
    );
  });

  test.each([
    ['a line that is cut off', ['1\n{"a":']],
    ['a line that is not JSON', ['<html>\n']],
    ['an empty object name', ['{:1}\n']],
  ])('ends with PROTOCOL at %s', async (_, chunks) => {
    await expect(decode(chunks)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('yields what stands before a bad line', async () => {
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const value of jsonLines(of([Buffer.from('1\n2\nx\n')]), 10)) seen.push(value);
    };
    await expect(read()).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(seen).toEqual([1, 2]);
  });

  test.each([
    ['in one chunk', ['"aaaaaaaaaaaa"\n']],
    ['in many, without ever a newline', ['"aaa', 'aaaa', 'aaaa', 'aaaa']],
  ])('refuses a line over the limit %s', async (_, chunks) => {
    await expect(decode(chunks, 10)).rejects.toThrow('a watch line is longer than 10 bytes');
  });

  test('does not quote a bad line, which may hold a secret, nor does its cause', async () => {
    const error: unknown = await decode(['s3cret\n']).catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 9 })).toContain('a watch line of 6 bytes is not JSON');
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });

  test('a short line after a long one in many pieces is itself', async () => {
    const long = 'x'.repeat(300_000);
    const pieces = Array.from({ length: 300 }, (_, index) => long.slice(index * 1000, (index + 1) * 1000));
    expect(await decode(['"', ...pieces, '"\n"a', '"\n"b"', '\n'], 400_000)).toEqual([long, 'a', 'b']);
  });
});
