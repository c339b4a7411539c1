import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
/** The code of a page, with the file that it says it is from. */
function recipesOf(name: string) {
  const page = readFileSync(new URL(name, ROOT), 'utf8');
  return [...page.matchAll(/(?:<!-- (\S+) -->\n)?```(?:js|ts|json)\n(.*?)\n```/gs)].map(
    ([, file, code = '']) => ({ file, code }),
  );
}

const frameworks = recipesOf('docs/frameworks.md');
const testing = recipesOf('docs/testing.md');
const recipes = [...frameworks, ...testing];

it('has recipes', () => {
  expect(frameworks.length).toBeGreaterThan(10);
  expect(testing.length).toBeGreaterThan(2);
});

it.each(recipes)('shows code of $file as it is run', ({ file, code }) => {
  expect(file, `code without a file: ${code.slice(0, 60)}`).toBeDefined();
  expect(readFileSync(new URL(file ?? '', ROOT), 'utf8')).toContain(code);
});
