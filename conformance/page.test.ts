import { expect, it } from 'vitest';
import { type PartResult, writePage } from './page.js';

const NAMES = ['kubernetes', 'kubectl', 'peers'];

function result(name: string, more: Partial<PartResult> = {}): PartResult {
  const fields = { part: name, expected: 'x' };
  return {
    name,
    about: `others judge ${name}`,
    date: '2030-01-01',
    cases: [
      { ...fields, case: 'get a|b', got: 'x', ok: true },
      { ...fields, case: 'describe', got: '<none>', ok: false },
    ],
    reasonOf: ({ case: name }) => (name === 'describe' ? 'it is not served' : undefined),
    ...more,
  };
}

it('has a section for each part: the count, the differences with their reasons, the cases', () => {
  const page = writePage('', [result('kubectl')], NAMES);
  expect(page).toMatch(/^# What others' programs say of Fairlead\n/);
  expect(page).toContain('## kubectl\n\nothers judge kubectl. 2030-01-01: 1 of 2 cases hold.\n');
  expect(page).toContain('| describe | &lt;none> | it is not served |');
  expect(page).toContain('| ✓ | get a\\|b | x | x |');
  expect(page).toContain('| ~ | describe | x | &lt;none> |');
});

it('leaves the sections of parts that did not run, and keeps the order of the parts', () => {
  const first = writePage('', [result('peers'), result('kubernetes')], NAMES);
  const second = writePage(first, [result('kubectl')], NAMES);
  expect([...second.matchAll(/^## (\w+)/gm)].map(([, name]) => name)).toEqual(NAMES);
  expect(writePage(second, [result('kubectl')], NAMES)).toBe(second);
  expect(writePage(second, [], ['kubectl'])).not.toContain('## peers');
});
