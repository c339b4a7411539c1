/** One thing that the doctor looked at. `fix` says what to do when it is not as it should be. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly text: string;
  readonly fix?: string;
}

/** The JSON of `fairlead doctor`. */
export interface DoctorReport {
  readonly checks: readonly Check[];
  readonly ok: boolean;
}

export const passed = (id: string, text: string): Check => ({ id, ok: true, text });
export const failed = (id: string, text: string, fix: string): Check => ({ id, ok: false, text, fix });

/** `ok` only when every check is. */
export const reportOf = (checks: readonly Check[]): DoctorReport => ({
  checks,
  ok: checks.every(({ ok }) => ok),
});
