import { expect, it } from 'vitest';
import { clientsPage } from './page.js';

const scenario = { id: 's', title: 'something', about: 'It happens.' };
const verdict = (holds: boolean, got: string) => ({ holds, expected: 'all', got });

it('writes a row per scenario, a column per client, who was absent, and what was found of each', () => {
  const page = clientsPage({
    found: [
      { scenario, client: 'one', verdict: verdict(true, 'all of | them') },
      { scenario, client: 'two', verdict: verdict(false, 'none') },
      { scenario: { ...scenario, id: 't', title: 'else' }, client: 'two', verdict: verdict(true, 'all') },
      { scenario, client: 'alpha', verdict: verdict(false, 'nothing') },
    ],
    informative: new Set(['alpha']),
    absent: new Map([['three', 'no compiler']]),
    versions: new Map([['one', { lib: '1.2', runtime: '3' }]]),
    date: '2026-01-31',
  });
  const lines = page.split('\n');
  expect(lines).toContain('Run of 2026-01-31: 2 of 3 hold.');
  expect(lines).toContain('|  | one | two | alpha (not judged) |');
  expect(lines).toContain('| something | ✓ | ✗ | ✗ |');
  expect(lines).toContain('| else | – | ✓ | – |');
  expect(lines).toContain('| one | lib 1.2, runtime 3 |');
  expect(lines).toContain('| three | not run: no compiler |');
  expect(lines).toContain('| ✓ | one | all of \\| them |');
  expect(lines).toContain('| ✗ | two | none |');
  expect(lines).toContain('| ✗ | alpha | nothing |');
});
