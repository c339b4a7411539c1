/** One command of the script. */
export interface Step {
  /** What is typed after `kubectl`; single quotes hold words together. */
  readonly command: string;
  /** Standard input. */
  readonly input?: string;
  /** Only lines of the sandbox are looked for in the real output: a small cluster has less of everything. */
  readonly subset?: true;
  /** Only lines that match are compared: the rest is prose. */
  readonly only?: RegExp;
  /** Ends by itself only when it is ended: after so many milliseconds without output. */
  readonly untilQuietMs?: number;
  /** Brings the cluster to a state that the next commands rely on; its own output is not compared. */
  readonly quiet?: true;
}

/** Commands whose words are compared. */
export const see = (...commands: string[]): Step[] => commands.map((command) => ({ command }));
/** Commands that bring the cluster to a state; they must only succeed. */
export const bring = (...commands: string[]): Step[] => commands.map((command) => ({ command, quiet: true }));
