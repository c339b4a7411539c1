/** One sentence of the story with what was seen. Claims are counts and shares; milliseconds are context. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly holds: boolean;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** A chapter that was told: its claim for machines, and what was seen in words for people, the sum first. */
export interface Told {
  readonly claim: Claim;
  readonly words: readonly string[];
  /** Lines that are not to be wrapped. */
  readonly table?: readonly string[];
}

/** A claim that could not be shown on this cluster. */
export interface Omission {
  readonly id: string;
  readonly why: string;
}

/** What a chapter came to. */
export type Outcome = Told | Omission;

export const isOmission = (outcome: Outcome): outcome is Omission => 'why' in outcome;

/** The JSON of `fairlead demo`. */
export interface DemoReport {
  readonly claims: readonly Claim[];
  readonly ok: boolean;
  /** What this cluster cannot show; absent when it shows all. */
  readonly omitted?: readonly Omission[];
}

/** Every claim holds, and there is at least one. */
export function demoReport(outcomes: readonly Outcome[]): DemoReport {
  const claims = outcomes.flatMap((outcome) => (isOmission(outcome) ? [] : [outcome.claim]));
  const omitted = outcomes.filter(isOmission);
  const ok = claims.length > 0 && claims.every(({ holds }) => holds);
  return { claims, ok, ...(omitted.length > 0 ? { omitted } : {}) };
}
