/** One line of the summary. */
export interface Row {
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** What it had to be; absent for a figure that is context. */
  readonly bound?: string;
  /** Null for context. */
  readonly ok: boolean | null;
}

/** What one part found. */
export interface PartReport {
  readonly part: string;
  readonly rows: readonly Row[];
  /** What should not have been, each with its time; none: the part held. */
  readonly objections: readonly string[];
  /** What happened last, the newest at the end. */
  readonly events: readonly string[];
}

/** What a part is run with. */
export interface PartContext {
  readonly minutes: number;
  readonly seed: number;
  /** Says how far it is. */
  log(line: string): void;
  /** Ends the part early. */
  readonly signal: AbortSignal;
}

/** One part of `npm run soak`. */
export interface Part {
  readonly name: string;
  /** One line: what is done and what must hold. */
  readonly about: string;
  run(context: PartContext): Promise<PartReport>;
}
