/** One sentence of the story with what was seen. Claims are counts and shares; milliseconds are context. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly holds: boolean;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** The JSON of `fairlead demo`. */
export interface DemoReport {
  readonly claims: readonly Claim[];
  readonly ok: boolean;
  /** What this cluster cannot show; absent when it shows all. */
  readonly omitted?: readonly Omission[];
}

/** Every claim holds, and there is at least one. */
export function demoReport(claims: readonly Claim[], omitted: readonly Omission[]): DemoReport {
  const ok = claims.length > 0 && claims.every(({ holds }) => holds);
  return { claims, ok, ...(omitted.length > 0 ? { omitted } : {}) };
}

/** A claim that could not be shown on this cluster. */
export interface Omission {
  readonly id: string;
  readonly why: string;
}
