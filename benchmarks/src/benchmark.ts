import type { Row } from './rows.js';

/** What a benchmark is run with. */
export interface BenchmarkContext {
  /** Says how far it is; for a person who waits. */
  progress(text: string): void;
}

/** One benchmark of `npm run bench`. */
export interface Benchmark {
  readonly name: string;
  /** One line: what is measured against what. */
  readonly about: string;
  run(context: BenchmarkContext): Promise<Row[]>;
}
