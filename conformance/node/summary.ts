import { readFileSync } from 'node:fs';

/** What one run of the tests came to. */
export interface Summary {
  readonly ok: boolean;
  /** As in `1801 passed, 2 failed, 3 skipped in 120 files`. */
  readonly text: string;
  /** The tests, or files, that failed, with the first line of why. */
  readonly failures: readonly string[];
  /** The files that have them. */
  readonly failedFiles: readonly string[];
}

interface Test {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly Test[];
  }[];
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? '';

/** Sums up a report that vitest wrote as JSON. A file that failed outside of its tests counts as a failure. */
export function summarise(text: string): Summary {
  const { testResults } = JSON.parse(text) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...statuses: string[]): number =>
    tests.filter(({ status }) => statuses.includes(status)).length;
  const passed = count('passed');
  const skipped = count('skipped', 'pending', 'todo', 'disabled');
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [`${name}: ${firstLine(message)}`];
    return failed.map((test) => `${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  });
  return {
    ok: failures.length === 0 && passed > 0,
    text: `${passed} passed, ${failures.length} failed, ${skipped} skipped in ${testResults.length} files`,
    failures,
    failedFiles: testResults.filter(({ status }) => status === 'failed').map(({ name }) => name),
  };
}

/** Reads such a report; null when there is none. */
export function readSummary(path: string): Summary | null {
  try {
    return summarise(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
