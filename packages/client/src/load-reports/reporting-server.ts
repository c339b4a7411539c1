/** What is known of the server behind a connection, for as long as that connection lasts. */
export interface ReportingServer {
  /** Whether it reports its load when a call asks for it; undefined: not known yet. */
  reports: boolean | undefined;
  /** Calls that asked in vain. */
  misses: number;
}

/** Calls that ask in vain until a server counts as one that does not report: it may report for some of its methods only. */
const ENOUGH_MISSES = 3;

/** A server of which nothing is known. */
export const unknownServer = (): ReportingServer => ({ reports: undefined, misses: 0 });

/** Notes whether a call that asked got a report; true when that says what the server is. */
export function noteReport(server: ReportingServer, reported: boolean): boolean {
  if (server.reports !== undefined) return false;
  if (!reported) server.misses += 1;
  if (!reported && server.misses < ENOUGH_MISSES) return false;
  server.reports = reported;
  return true;
}
