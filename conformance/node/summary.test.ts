import { expect, it } from 'vitest';
import { summarise } from './summary.js';

const file = (status: string, tests: object[], message = ''): object => ({
  name: '/x.test.ts',
  status,
  message,
  assertionResults: tests,
});

it('counts tests and names those that failed', () => {
  const failed = { status: 'failed', fullName: 'adds', failureMessages: ['expected 1\n    at x'] };
  const testResults = [
    file('passed', [
      { status: 'passed', fullName: 'a' },
      { status: 'pending', fullName: 'b' },
    ]),
    file('failed', [failed]),
  ];
  expect(summarise(JSON.stringify({ testResults }))).toEqual({
    ok: false,
    text: '1 passed, 1 failed, 1 skipped in 2 files',
    failures: ['adds: expected 1'],
    failedFiles: ['/x.test.ts'],
  });
});

it('counts a file that does not load', () => {
  const testResults = [
    file('passed', [{ status: 'passed', fullName: 'a' }]),
    file('failed', [], 'no such module'),
  ];
  const { ok, failures } = summarise(JSON.stringify({ testResults }));
  expect([ok, failures]).toEqual([false, ['/x.test.ts: no such module']]);
});

it('does not take a run without a test for a good one', () => {
  expect(summarise('{"testResults":[]}').ok).toBe(false);
});
