/** One thing that a foreign component judged. */
export interface Case {
  readonly part: string;
  readonly case: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** How a part tells what it does and finds. */
export interface PartContext {
  /** A line about the progress, for people. */
  log(line: string): void;
  /** A case as soon as it is judged; `ok` absent: `got` must equal `expected`. */
  report(found: Omit<Case, 'part' | 'ok'> & { readonly ok?: boolean }): void;
  /** Ends the run early: what was started is ended, nothing more is begun. */
  readonly signal: AbortSignal;
}

/** A foreign component, or several, that judge something of ours. */
export interface Part {
  /** As in `npm run conformance -- NAME`; also its folder. */
  readonly name: string;
  /** Who judges what, in one line. */
  readonly about: string;
  /** What this machine lacks for it, one line each with how to get it; empty: it can run. */
  missing(): Promise<readonly string[]>;
  /** Judges. Rejects only when it cannot be brought to judge at all. */
  run(context: PartContext): Promise<void>;
}
