import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recipes } from '../engine/recipes.js';
import { bytesForm } from './bytes.js';
import { type Json, jsonForm, jsonText, jsonValue } from './json.js';
import { textForm } from './text.js';

describe.each([
  { name: 'text', form: textForm(['word']), seeds: ['abc', ''] },
  { name: 'bytes', form: bytesForm([Buffer.of(1, 2)]), seeds: [Buffer.from('abc'), Buffer.alloc(0)] },
  { name: 'json', form: jsonForm(['word']), seeds: [{ a: [1, 'b', { c: null }] }, [], 5] as Json[] },
] as never as { name: string; form: ReturnType<typeof textForm>; seeds: string[] }[])(
  '$name',
  ({ form, seeds }) => {
    it('makes inputs that are written on one line and read again', () => {
      fc.assert(
        fc.property(recipes(seeds, form), (input) => {
          const line = form.write(input);
          expect(line).not.toMatch(/[\r\n]/);
          expect(form.write(form.read(line))).toBe(line);
        }),
      );
    });

    it('makes many different inputs of one, and leaves that as it was', () => {
      const before = form.write(seeds[0]!);
      const inputs = fc.sample(recipes(seeds, form), { numRuns: 200, seed: 1 });
      expect(new Set(inputs.map((input) => form.write(input))).size).toBeGreaterThan(80);
      expect(form.write(seeds[0]!)).toBe(before);
    });
  },
);

it('writes out what stands for something large', () => {
  expect(jsonText('§long:30000000000000')).toHaveLength(20_002);
  expect(jsonText({ a: '§list:3', b: '§nest:2', c: '§long:4' })).toBe(
    '{"a":[[[]]],"b":{"a":{"a":1}},"c":"xxxx"}',
  );
  expect(jsonText(['§list:100'], 2)).toBe('[[[]]]');
  expect(Object.keys(jsonValue(JSON.parse('{"__proto__":1}')) as object)).toEqual(['__proto__']);
});
