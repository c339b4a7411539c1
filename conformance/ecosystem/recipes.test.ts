import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/frameworks.md', ROOT), 'utf8');

/** The code of the page, with the file that it says it is from. */
const recipes = [...page.matchAll(/(?:<!-- (\S+) -->\n)?```(?:js|ts|json)\n(.*?)\n```/gs)].map(
  ([, file, code = '']) => ({ file, code }),
);

it('has recipes', () => {
  expect(recipes.length).toBeGreaterThan(10);
});

it.each(recipes)('shows code of $file as it is run', ({ file, code }) => {
  expect(file, `code without a file: ${code.slice(0, 60)}`).toBeDefined();
  expect(readFileSync(new URL(file ?? '', ROOT), 'utf8')).toContain(code);
});
