import { basename } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** One test, as a line of JSON on standard output. */
export interface TestLine {
  readonly test: string;
  /** `passes`, `not run: why` or `fails: why`. */
  readonly got: string;
}

const firstLines = (text: string): string => text.trim().split('\n').slice(0, 3).join(' ');

function write(line: TestLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const fileName = ({ moduleId }: TestModule): string => basename(moduleId, '.test.ts');

function outcome(test: TestCase): string {
  const { state, errors, note } = { note: undefined, ...test.result() };
  if (state === 'passed') return 'passes';
  if (state === 'skipped') return `not run: ${note ?? 'skipped'}`;
  return `fails: ${firstLines(errors?.map(({ message }) => message).join('; ') || state)}`;
}

/** A vitest reporter that prints what became of each test, and nothing else. */
export default class LineReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    write({ test: `${fileName(test.module)}: ${test.fullName}`, got: outcome(test) });
  }

  /** Trouble outside of tests: in hooks, or while the file loads. */
  onTestModuleEnd(module: TestModule): void {
    const errors = [
      ...module.errors(),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ];
    if (errors.length === 0) return;
    const text = errors.map(({ message }) => message).join('; ');
    write({ test: `${fileName(module)}: set-up and end of the file`, got: `fails: ${firstLines(text)}` });
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    for (const { message } of unhandled)
      write({ test: 'errors outside of the tests', got: `fails: ${firstLines(message)}` });
  }
}
