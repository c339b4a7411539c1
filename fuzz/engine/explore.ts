import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { FuzzTarget } from '../target.js';
import { Checker, StrayErrors } from './checker.js';
import { Coverage } from './coverage.js';
import type { CurrentInput } from './current-input.js';
import { describeProblem, type Finding, kindOfProblem, type Progress } from './finding.js';
import { recipes } from './recipes.js';

/** So many inputs are checked between two looks at what they reached: a look costs as much as a hundred small inputs. */
const BATCH = 100;
/** After so many different findings a run ends: there is enough to mend. */
const MOST_FINDINGS = 20;

export interface ExploreOptions {
  readonly seed: number;
  /** How long to go on (ms). */
  readonly forMs: number;
  readonly current: CurrentInput;
  found(finding: Finding): void;
  progress(progress: Progress): void;
}

/** Fuzzes one target for some time, guided by what its inputs reach. */
export async function explore<Input>(target: FuzzTarget<Input>, options: ExploreOptions): Promise<void> {
  const stray = new StrayErrors();
  const coverage = new Coverage();
  coverage.start();
  const subject = await target.open();
  try {
    const checker = new Checker(subject, { form: target.form, current: options.current, stray });
    await new Exploration(target, checker, coverage, options).run();
  } finally {
    await subject.close?.();
    coverage.stop();
    stray.close();
  }
}

class Exploration<Input> {
  readonly #target: FuzzTarget<Input>;
  readonly #checker: Checker<Input>;
  readonly #coverage: Coverage;
  readonly #options: ExploreOptions;
  readonly #corpus: Input[];
  readonly #known = new Set<string>();
  #checks = 0;

  constructor(
    target: FuzzTarget<Input>,
    checker: Checker<Input>,
    coverage: Coverage,
    options: ExploreOptions,
  ) {
    this.#target = target;
    this.#checker = checker;
    this.#coverage = coverage;
    this.#options = options;
    this.#corpus = [...target.seeds()];
  }

  async run(): Promise<void> {
    const { forMs, seed, progress } = this.#options;
    const endMs = performance.now() + forMs;
    for (const input of [...this.#corpus]) await this.#judge(input);
    this.#coverage.fresh(true);
    const { current } = this.#options;
    const isOver = (): boolean =>
      current.stopped || performance.now() >= endMs || this.#known.size >= MOST_FINDINGS;
    for (let batch = 0; !isOver(); batch++) {
      await this.#batch(seed + batch, endMs - performance.now());
      progress({ checks: this.#checks, corpus: this.#corpus.length, blocks: this.#coverage.size });
      await setImmediate();
    }
  }

  /** True when the input was met as it should be, or fails in a way that is known already. */
  async #passes(input: Input): Promise<boolean> {
    if (this.#options.current.stopped) return true;
    this.#checks++;
    try {
      await this.#checker.check(input);
      return true;
    } catch (error) {
      if (this.#known.has(kindOfProblem(error))) return true;
      throw error;
    }
  }

  async #batch(seed: number, forMs: number): Promise<void> {
    const inputs: Input[] = [];
    const property = fc.asyncProperty(recipes(this.#corpus, this.#target.form), async (input) => {
      inputs.push(input);
      await this.#passes(input);
    });
    const result = await fc.check(property, {
      seed: seed | 0,
      numRuns: BATCH,
      interruptAfterTimeLimit: forMs,
    });
    const [failing] = result.counterexample ?? [];
    if (failing !== undefined) this.#report(failing, result.errorInstance);
    else if (this.#coverage.fresh(inputs.length === 1) > 0) await this.#keepNew(inputs);
  }

  /** Keeps those of some inputs that reached something new: runs both halves again until there is one input left. */
  async #keepNew(inputs: readonly Input[]): Promise<void> {
    if (inputs.length === 1) {
      this.#corpus.push(inputs[0]!);
      return;
    }
    const middle = inputs.length >> 1;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      for (const input of half) await this.#judge(input);
      if (this.#coverage.fresh(half.length === 1) > 0) await this.#keepNew(half);
    }
  }

  async #judge(input: Input): Promise<void> {
    try {
      await this.#passes(input);
    } catch (error) {
      this.#report(input, error);
    }
  }

  #report(input: Input, error: unknown): void {
    this.#known.add(kindOfProblem(error));
    this.#options.found({ problem: describeProblem(error), input: this.#target.form.write(input) });
  }
}
