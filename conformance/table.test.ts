import { expect, it } from 'vitest';
import { formatTable } from './table.js';

it('aligns columns, marks differences and cuts long texts', () => {
  const base = { part: 'p', expected: 'passes' };
  const cases = [
    { ...base, case: 'a short one', got: 'passes', ok: true },
    { ...base, case: 'b', got: `fails\n${'x'.repeat(100)}`, ok: false },
    { ...base, case: 'c', got: 'fails', ok: false },
  ];
  const text = formatTable(cases, (found) => found.case === 'c');
  expect(text.split('\n')).toEqual([
    '   case         expected  got',
    '✓  a short one  passes    passes',
    `✗  b            passes    fails ${'x'.repeat(65)}…`,
    '~  c            passes    fails',
  ]);
});
